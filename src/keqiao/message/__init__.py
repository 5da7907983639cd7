"""The one way anything leaves the house: a message is queued inside the caller's transaction, delivered later by mail
or through one gateway for SMS and WeChat, tried again when that fails, and readable under 我的消息 in any case.

Other rooms call `keqiao.message.actions.send`.
"""
