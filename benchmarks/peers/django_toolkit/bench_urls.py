"""The toolkit's own addresses, and one that says that the server is up."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def health(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


urlpatterns = [path("health", health), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]
