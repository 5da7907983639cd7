"""The product's settings in a folder of the run's own, so that two runs on one machine never meet."""

import atexit
import os
import shutil
import tempfile

os.environ["KEQIAO_VAR"] = _folder = tempfile.mkdtemp(prefix="keqiao-test-")
os.environ["KEQIAO_SECRET_KEY"] = "test-secret-key-not-for-use-anywhere-else"
os.environ["KEQIAO_FIELD_KEY"] = "test-field-key-not-for-use-anywhere-else"
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

from keqiao.settings import *  # noqa: E402, F403  # only now, with the environment in place
