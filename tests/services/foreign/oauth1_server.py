"""An OAuth 1.0 server by oauthlib's provider endpoints: three legs and an API at /api/me, in header, query and body.

Settings: method, one of HMAC-SHA1, HMAC-SHA256, RSA-SHA1, PLAINTEXT; rsa_key, the client's public key in PEM;
two_legs: the API asks for no token; certificate, for TLS: a PEM file with its key. Who opens the page /authorize is ada; `decision=approve` in its form consents.
"""

import html
import json
from urllib.parse import parse_qs, urlencode

import common
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint, WebApplicationServer
from oauthlib.oauth1.rfc5849.errors import OAuth1Error

CLIENT = "foreign-client-of-freshet"
SECRET = "foreign-secret-of-the-client"


class Validator(RequestValidator):
    """Keeps everything in memory."""

    enforce_ssl = False
    realms = ["api"]
    dummy_client = dummy_request_token = dummy_access_token = "nobody-with-a-long-name"

    def __init__(self, given):
        super().__init__()
        self.method = given.get("method", "HMAC-SHA1")
        self.rsa_key = given.get("rsa_key", "")
        self.temporary, self.tokens, self.seen = {}, {}, set()

    @property
    def allowed_signature_methods(self):
        return [self.method]

    @property
    def safe_characters(self):
        return super().safe_characters | {"-"}

    def validate_client_key(self, client_key, request):
        return client_key == CLIENT

    def get_client_secret(self, client_key, request):
        return SECRET

    def get_rsa_key(self, client_key, request):
        return self.rsa_key

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        new = nonce not in self.seen
        self.seen.add(nonce)
        return new

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri.startswith(("http://127.0.0.1:", "http://localhost:", "https://localhost:"))

    def validate_requested_realms(self, client_key, realms, request):
        return self.check_realms(realms)

    def get_default_realms(self, client_key, request):
        return ["api"]

    def save_request_token(self, token, request):
        self.temporary[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "redirect": request.redirect_uri,
            "verifier": None,
        }

    def validate_request_token(self, client_key, token, request):
        return token in self.temporary

    def verify_request_token(self, token, request):
        return token in self.temporary

    def get_request_token_secret(self, client_key, token, request):
        return self.temporary.get(token, {}).get("secret", "nothing")

    def get_redirect_uri(self, token, request):
        return self.temporary[token]["redirect"]

    def get_realms(self, token, request):
        return ["api"]

    def verify_realms(self, token, realms, request):
        return True

    def save_verifier(self, token, verifier, request):
        self.temporary[token]["verifier"] = verifier["oauth_verifier"]

    def validate_verifier(self, client_key, token, verifier, request):
        return self.temporary.get(token, {}).get("verifier") == verifier

    def invalidate_request_token(self, client_key, request_token, request):
        self.temporary.pop(request_token, None)

    def save_access_token(self, token, request):
        self.tokens[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.tokens.get(token, "nothing")

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True


class Application:
    """The endpoints, as a WSGI application."""

    def __init__(self, given):
        self.validator = Validator(given)
        self.endpoints = WebApplicationServer(self.validator)
        self.signature_only = SignatureOnlyEndpoint(self.validator)
        self.two_legs = given.get("two_legs", False)
        self.scheme = "https" if given.get("certificate") else "http"

    def __call__(self, environ, start):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode("utf-8", "replace")
        address = f"{self.scheme}://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
        request = (address, environ["REQUEST_METHOD"], body)
        headers = {}
        if environ.get("HTTP_AUTHORIZATION"):
            headers["Authorization"] = environ["HTTP_AUTHORIZATION"]
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        try:
            status, headers, body = self.answer(environ["PATH_INFO"], request, headers, body)
        except OAuth1Error as error:
            status, headers, body = error.status_code, {}, error.urlencoded
        start(f"{status} Reply", list((headers or {}).items()))
        return [(body or "").encode()]

    def answer(self, path, request, headers, body):
        if path == "/request_token":
            found, text, status = self.endpoints.create_request_token_response(*request, headers)
            return status, found, text
        if path == "/access_token":
            found, text, status = self.endpoints.create_access_token_response(*request, headers)
            return status, found, text
        if path == "/authorize":
            return self.authorize(request, body)
        return self.api(request, headers)

    def authorize(self, request, body):
        address, method, _ = request
        if method == "GET":
            realms, found = self.endpoints.get_realms_and_credentials(address, method)
            token = html.escape(found["resource_owner_key"])
            page = (
                '<form method="post" action="/authorize">'
                f'<input type="hidden" name="oauth_token" value="{token}">'
                '<button name="decision" value="approve">Allow</button>'
                '<button name="decision" value="deny">Deny</button></form>'
            )
            return 200, {"Content-Type": "text/html"}, page
        form = {name: values[0] for name, values in parse_qs(body).items()}
        token = form.get("oauth_token", "")
        if form.get("decision") != "approve":
            temporary = self.validator.temporary.pop(token, None)
            if temporary is None:
                return 400, {}, ""
            return 302, {"Location": f"{temporary['redirect']}?{urlencode({'denied': token})}"}, ""
        address = f"{address.split('?')[0]}?{urlencode({'oauth_token': token})}"
        found, text, status = self.endpoints.create_authorization_response(address, realms=["api"])
        return status, found, text

    def api(self, request, headers):
        if self.two_legs:
            valid, _ = self.signature_only.validate_request(*request, headers)
        else:
            valid, _ = self.endpoints.validate_protected_resource_request(*request, headers, realms=["api"])
        found = {"Content-Type": "application/json"}
        if not valid:
            return 401, found, json.dumps({"error": "not signed as it must be"})
        return 200, found, json.dumps({"email": "ada@oauthlib.example"})


if __name__ == "__main__":
    given = common.settings()
    common.serve(common.bind(given), Application(given))
