"""The URLs of the server, for a site to include.

    urlpatterns += [path("auth/", include("watchword.django.urls"))]

The issuer is the public URL with the path of the include. At the root, `path("", ...)` comes last.

Source: users.md section 5, U9 and U13.
"""

from django.urls import re_path

from watchword.django.views import serve

app_name = "watchword"
urlpatterns = [re_path(r"^(?P<path>.*)$", serve, name="server")]
