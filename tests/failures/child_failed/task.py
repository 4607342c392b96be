import subprocess
subprocess.check_call(["tar", "xzf", "no_such_archive.tar.gz"])
