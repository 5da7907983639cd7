"""Messages, at /account/messages/."""

from django.urls import URLPattern, path

from keqiao.web.message import outbox, own, stopping

app_name = "message"
urlpatterns: list[URLPattern] = [
    path("", own.message_list, name="message-list"),
    path("read", own.message_read_all, name="message-read-all"),
    path("wishes", own.message_wishes, name="message-wishes"),
    path("outbox", outbox.outbox, name="outbox"),
    path("outbox/<uuid:public_id>/retry", outbox.message_retry, name="message-retry"),
    path("stop/<str:token>", stopping.message_stop, name="message-stop"),
    path("<uuid:public_id>", own.message_detail, name="message-detail"),
]
