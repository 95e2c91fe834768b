from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import JsonResponse
from django.urls import include, path

from watchword.django import required

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    INSTALLED_APPS=["watchword.django"],
    MIDDLEWARE=["watchword.django.BearerMiddleware"],
    ROOT_URLCONF=__name__,
    WATCHWORD={"DATABASE": "sqlite:///accounts.db"},
)
app = get_asgi_application()


@required("notes:read")
def notes(request):
    return JsonResponse({"owner": request.auth.user.name})


urlpatterns = [path("notes", notes), path("auth/", include("watchword.django.urls"))]
