#!/usr/bin/env python3
"""The Python with Google's client libraries in which tests/test_python_clients.py runs them: build/clients, of exact
pins.

Built once, within a bounded time; where it cannot be built the tests that need it are skipped by name.
"""
import sys

import sample_runtime
from sample_runtime import ROOT, NotBuilt

PLACE = ROOT / "build/clients"
SECONDS = 38  # for the whole of it
PINS = """
certifi==2026.10.18
cffi==2.1.1
charset-normalizer==3.5.2
cryptography==50.0.2
google-api-core==2.44.0
google-api-python-client==2.202.0
google-auth==2.62.2
google-auth-httplib2==0.4.4
google-cloud-core==2.8.0
google-cloud-storage==3.17.1
google-crc32c==1.9.0
google-resumable-media==2.11.0
googleapis-common-protos==1.76.0
httplib2==0.32.1
idna==3.20
opentelemetry-api==1.45.2
proto-plus==1.29.0
protobuf==7.36.2
pyasn1==0.6.5
pyasn1_modules==0.4.2
pycparser==3.12
pyparsing==3.3.3
requests==2.34.2
typing_extensions==4.16.0
uritemplate==4.2.0
urllib3==2.8.0
""".split()


def ensure():
    """The path of the interpreter. Raises NotBuilt."""
    return sample_runtime.complete(PLACE, PINS, ["googleapiclient.discovery", "google.cloud.storage"],
                                   "the Python with Google's client libraries (once)", SECONDS)


if __name__ == "__main__":
    try:
        print(ensure())
    except NotBuilt as reason:
        sys.exit(f"client_libraries: {reason}")
