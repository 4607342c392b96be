from setuptools import setup
import sys
if "sdist" not in sys.argv:
    import Cython_of_ours
setup(name="trainer", version="1.0", packages=["trainer"], install_requires=["no-such-package-of-ours"])
