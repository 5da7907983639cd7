"""Settings. What varies comes from the environment (docs/environment.md lists it, a test compares)."""

from pathlib import Path

from csp.constants import NONE, SELF

from keqiao.environment import database, env_bool, env_date, env_int, env_list, env_secret, env_str

PACKAGE = Path(__file__).resolve().parent
VAR = Path(
    env_str("KEQIAO_VAR", "var")
).resolve()  # database, index, secrets, uploads: everything that changes

DEBUG = env_bool("KEQIAO_DEBUG", default=False)
SECRET_KEY = env_secret("KEQIAO_SECRET_KEY", keep_in=VAR / "secret-key")
KEQIAO_FIELD_KEY = env_secret("KEQIAO_FIELD_KEY", keep_in=VAR / "field-key")
ALLOWED_HOSTS = env_list("KEQIAO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("KEQIAO_TRUSTED_ORIGINS")

# The bureau that runs this market
KEQIAO_SITE_NAME = env_str("KEQIAO_SITE_NAME", "科桥")
KEQIAO_BUREAU_NAME = env_str("KEQIAO_BUREAU_NAME", "市科学技术局")
KEQIAO_HOME_DIVISION = env_str(
    "KEQIAO_HOME_DIVISION", ""
)  # division prefix of the city, "3403"; "" = the whole country
KEQIAO_SITE_URL = env_str("KEQIAO_SITE_URL", "http://127.0.0.1:8000")  # how mails link to the site
KEQIAO_DEMO = env_bool("KEQIAO_DEMO", default=False)  # a banner says so; sample accounts exist
SECURITY_LEVEL = env_int("KEQIAO_SECURITY_LEVEL", 2, low=2, high=3)  # 等保 level: 3 forces the second factor

DATABASES = {"default": database(env_str("KEQIAO_DATABASE_URL"), sqlite_path=VAR / "keqiao.sqlite3")}
KEQIAO_INDEX = Path(env_str("KEQIAO_INDEX", str(VAR / "index")))
MEDIA_ROOT = VAR / "files"  # outside the web root; served by id through a permission check

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "template_partials",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "keqiao.core",
    "keqiao.codes",
    "keqiao.people",
    "keqiao.message",
    "keqiao.rules",
    "keqiao.registry.records",
    "keqiao.registry.enterprise",
    "keqiao.registry.expert",
    "keqiao.registry.achievement",
    "keqiao.registry.demand",
    "keqiao.registry.work",
    "keqiao.registry.resource",
    "keqiao.registry.event",
    "keqiao.registry.intake",
    "keqiao.operation",
    "keqiao.demo",
    "keqiao.freshness",
    "keqiao.matching",
    "keqiao.expertise",
    "keqiao.directory",
    "keqiao.radar",
    "keqiao.nightly",
    "keqiao.verdict",
    "keqiao.deal",
    "keqiao.hall",
    "keqiao.contract",
    "keqiao.policy",
    "keqiao.payment",
    "keqiao.firm",
    "keqiao.ladder",
    "keqiao.rd",
    "keqiao.voucher",
    "keqiao.web",
    "keqiao.api",
    "ninja",  # only for the files of /api/docs, so that they come from here
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "keqiao.web.people.middleware.OriginMiddleware",  # who and from where, for the audit trail
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # every URL refuses strangers unless it says otherwise
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keqiao.web.errors.RefusalMiddleware",
    "keqiao.web.people.middleware.SessionRulesMiddleware",  # after it: it sees a refusal first and notes it
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "keqiao.urls"
WSGI_APPLICATION = "keqiao.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "keqiao.web.rendering.site",
                "keqiao.web.desk.rail.rail",  # the rail of the working side, read by desk pages only
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])]
                    if not DEBUG
                    else ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "builtins": ["keqiao.web.templatetags.ui", "template_partials.templatetags.partials"],
            "libraries": {"ui": "keqiao.web.templatetags.ui"},
        },
    }
]

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "keqiao.people.signin.AccountBackend"]
LOGIN_URL = "people:sign-in"
LOGIN_REDIRECT_URL = "desk:inbox"
LOGOUT_REDIRECT_URL = "market:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "keqiao.people.passwords.LengthValidator",
        "OPTIONS": {"least": env_int("KEQIAO_PASSWORD_LENGTH", 10, low=8, high=64)},
    },
    {"NAME": "keqiao.people.passwords.ClassesValidator"},
    {"NAME": "keqiao.people.passwords.KnownFactsValidator"},
    {"NAME": "keqiao.people.passwords.CommonValidator"},
    {"NAME": "keqiao.people.passwords.HistoryValidator"},
]
PASSWORD_RESET_TIMEOUT = 15 * 60  # seconds a one-time link lives
KEQIAO_PASSWORD_DAYS = env_int("KEQIAO_PASSWORD_DAYS", 180, low=30, high=3650)
KEQIAO_STAFF_PASSWORD_DAYS = env_int("KEQIAO_STAFF_PASSWORD_DAYS", 90, low=30, high=3650)
KEQIAO_UNUSED_DAYS = env_int("KEQIAO_UNUSED_DAYS", 90, low=30, high=3650)  # then an account is disabled
KEQIAO_SINGLE_SESSION = env_bool("KEQIAO_SINGLE_SESSION", default=False)  # a new sign-in ends the others
OTP_TOTP_ISSUER = KEQIAO_SITE_NAME

# Lock-out (等保 7.1.4/8.1.4 身份鉴别 b): five failures in 15 minutes lock for 30 minutes, per account and per address
AXES_FAILURE_LIMIT = env_int("KEQIAO_LOCK_AFTER", 5, low=3, high=20)
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "keqiao.people.signin.LockHandler"  # failures add up within 15 minutes only
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # 30 minutes are 30 minutes
AXES_CLIENT_IP_CALLABLE = "keqiao.people.signin.client_ip"
AXES_LOCKOUT_CALLABLE = "keqiao.web.people.signin.keep_answer"  # the sign-in page itself says how long
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Sessions
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 8 * 3600  # absolute limit; idle limits in people.signin
KEQIAO_IDLE_MINUTES = env_int("KEQIAO_IDLE_MINUTES", 30, low=5, high=240)
KEQIAO_STAFF_IDLE_MINUTES = env_int("KEQIAO_STAFF_IDLE_MINUTES", 15, low=5, high=240)

# Transport. A bureau's server sits behind TLS; the demo on 127.0.0.1 does not.
_TLS = env_bool("KEQIAO_TLS", default=False)
SECURE_SSL_REDIRECT = _TLS
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
SESSION_COOKIE_SECURE = _TLS
CSRF_COOKIE_SECURE = _TLS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("KEQIAO_BEHIND_PROXY", default=False) else None
)
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "keqiao.web.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
KEQIAO_HOLIDAYS = env_str("KEQIAO_HOLIDAYS")
KEQIAO_HALL_TERMS = env_str("KEQIAO_HALL_TERMS")
KEQIAO_CN2026_EFFECTIVE_ON = env_date("KEQIAO_CN2026_EFFECTIVE_ON")
KEQIAO_TREASURY_FORM = env_str("KEQIAO_TREASURY_FORM")
KEQIAO_REGISTRAR_CODE = env_str("KEQIAO_REGISTRAR_CODE", "01")
KEQIAO_CONTRACT_PLACE = env_str("KEQIAO_CONTRACT_PLACE")  # a key of contract/books/places.yaml
KEQIAO_UPLOAD_MB = env_int("KEQIAO_UPLOAD_MB", 20, low=1, high=500)

# How often the API may be asked: "60/m", "600/h"; "" = no limit (security notes §8.4)
KEQIAO_API_USER_RATE = env_str("KEQIAO_API_USER_RATE", "60/m")
KEQIAO_API_ADDRESS_RATE = env_str("KEQIAO_API_ADDRESS_RATE", "600/h")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "limits": {  # counted over all processes of this server
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR / "limits",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATIC_ROOT = None  # nothing is collected: the package itself is served
WHITENOISE_USE_FINDERS = True  # no collectstatic step for users: the package's own files are served
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if env_str("KEQIAO_SMTP_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env_str("KEQIAO_SMTP_HOST")
EMAIL_PORT = env_int("KEQIAO_SMTP_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env_str("KEQIAO_SMTP_USER")
EMAIL_HOST_PASSWORD = env_str("KEQIAO_SMTP_PASSWORD")
DEFAULT_FROM_EMAIL = env_str("KEQIAO_MAIL_FROM", "keqiao@localhost")
EMAIL_TIMEOUT = 30  # seconds; a mail server that hangs does not hold up the messages behind
KEQIAO_GATEWAY_URL = env_str("KEQIAO_GATEWAY_URL")  # SMS or WeChat: docs/howto/message-gateway.md
KEQIAO_GATEWAY_SECRET = env_str("KEQIAO_GATEWAY_SECRET")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["axes.W003"]  # axes' backend stands first, as its documentation asks

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("KEQIAO_LOG_LEVEL", "WARNING")},
}
