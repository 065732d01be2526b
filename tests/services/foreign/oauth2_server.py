"""An OAuth 2.0 server by django-oauth-toolkit: code with PKCE, client credentials, password, devices, rotation of refresh
tokens with reuse protection, revocation, metadata, `iss` in answers, and an API at /api/me.

Settings: redirect_uri; lifetime, in seconds; interval, between polls of a device. Whoever opens a page is signed in as ada.
"""

import shutil
import tempfile
from datetime import timedelta

import common
import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

SECRET = "foreign-secret-of-the-client"


def configure(server, given, folder):
    address = f"http://127.0.0.1:{server.server_port}"
    settings.configure(
        SECRET_KEY="of these tests only",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{folder}/oauth2.db",
                "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
            }
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "oauth2_provider",
        ],
        # Tables are made from the models: the way of all migrations takes seconds.
        MIGRATION_MODULES={"auth": None, "contenttypes": None, "oauth2_provider": None},
        MIDDLEWARE=[f"{__name__}.sign_in"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        OAUTH2_PROVIDER={
            "PKCE_REQUIRED": True,
            "SCOPES": {"read": "Read", "write": "Write"},
            "ROTATE_REFRESH_TOKEN": True,
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
            "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
            "ACCESS_TOKEN_EXPIRE_SECONDS": given.get("lifetime", 3600),
            "REFRESH_TOKEN_EXPIRE_SECONDS": 86400,
            "OAUTH_DEVICE_VERIFICATION_URI": f"{address}/o/device/",
            "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{address}/o/device/?user_code={code}",
            "DEVICE_FLOW_INTERVAL": given.get("interval", 1),
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
            "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
        },
    )


def fill(given):
    """Tables, the person, and a client for each grant."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", run_syncdb=True, verbosity=0)
    ada = User.objects.create_user("ada", "ada@django.example", "l0velace")
    grants = {
        "foreign-code": Application.GRANT_AUTHORIZATION_CODE,
        "foreign-credentials": Application.GRANT_CLIENT_CREDENTIALS,
        "foreign-password": Application.GRANT_PASSWORD,
        "foreign-device": Application.GRANT_DEVICE_CODE,
    }
    for client, grant in grants.items():
        public = grant == Application.GRANT_DEVICE_CODE
        Application.objects.create(
            client_id=client,
            client_secret=SECRET,
            hash_client_secret=False,
            client_type=Application.CLIENT_PUBLIC if public else Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=grant,
            redirect_uris=given.get("redirect_uri", "http://127.0.0.1:8713/callback"),
            user=None if grant == Application.GRANT_CLIENT_CREDENTIALS else ada,
            name=client,
        )


def sign_in(get_response):
    """Whoever opens a page is ada. The API asks for a token all the same."""

    def middleware(request):
        from django.contrib.auth.models import User

        request.user = User.objects.get(username="ada")
        return get_response(request)

    return middleware


def me(request):
    """Tells whose token it is."""
    from oauth2_provider.views.mixins import ProtectedResourceMixin  # noqa: F401
    from oauth2_provider.oauth2_backends import get_oauthlib_core

    valid, found = get_oauthlib_core().verify_request(request, scopes=["read"])
    if not valid:
        # As the toolkit's own views do.
        return HttpResponse(status=403)
    return JsonResponse({"email": found.user.email if found.user else found.client.client_id})


def expire(request):
    """Every access token ends now."""
    from django.utils import timezone
    from oauth2_provider.models import AccessToken

    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    return JsonResponse({})


def counts(request):
    """How many tokens there are that may be used."""
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, RefreshToken

    return JsonResponse(
        {
            "access": AccessToken.objects.filter(expires__gt=timezone.now()).count(),
            "refresh": RefreshToken.objects.filter(revoked__isnull=True).count(),
        }
    )


def patterns():
    from oauth2_provider import urls

    return [
        # RFC 8414 wants the metadata of the issuer /o at the root.
        path("", include((urls.metadata_urlpatterns, "oauth2_provider"), namespace="at_root")),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("api/me", me),
        path("control/expire", expire),
        path("control/counts", counts),
    ]


def main():
    given = common.settings()
    server = common.bind(given)
    folder = tempfile.mkdtemp(prefix="freshet-foreign-")
    try:
        configure(server, given, folder)
        django.setup()
        globals()["urlpatterns"] = patterns()
        fill(given)
        common.serve(server, get_wsgi_application())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
