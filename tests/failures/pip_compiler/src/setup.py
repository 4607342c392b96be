from setuptools import Extension, setup
setup(name="trainer", version="1.0", packages=["trainer"], ext_modules=[Extension("fast", ["fast.c"])])
