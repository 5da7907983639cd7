"""The one address that the style guide's browser test needs."""

from django.urls import path

from keqiao.web.styleguide import styleguide

urlpatterns = [path("styleguide/", styleguide), path("styleguide/<str:side>/", styleguide)]
