"""What a grade may say when the heart of the question has no answer."""

from keqiao_match import Calibration, Doc, Matcher


def test_a_pair_whose_object_is_never_mentioned_is_not_called_strong() -> None:
    demand = Doc(
        "需求-1", "起重机智能防摇摆控制系统", (("需求内容", "起重机吊运过程中抑制摇摆的控制系统。"),)
    )
    about_cranes = Doc("成果-1", "一种起重机防摇摆控制系统", (("摘要", "用于起重机吊运的防摇摆控制系统。"),))
    about_mowers = Doc("成果-2", "一种割草机防摇摆控制系统", (("摘要", "用于割草机的防摇摆控制系统。"),))

    first, second = Matcher().rank(demand, [about_mowers, about_cranes])

    assert (first.id, first.grade) == ("成果-1", "强相关")
    assert second.grade != "强相关"
    assert any("起重机" in reason for reason in second.against)


def test_the_same_score_is_graded_lower_the_more_stays_unanswered() -> None:
    calibration = Calibration.shipped()

    assert [calibration.grade(0.9, share) for share in (0.0, 0.24, 0.25, 0.49, 0.5)] == [
        "强相关",
        "强相关",
        "较强相关",
        "较强相关",
        "弱相关",
    ]
