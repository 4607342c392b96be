// How an environment is made on Python 2, which has no venv: by links to the interpreter's own
// library, beside which packages of the environment's own lie. Used for runtimes and for overlays
// on them. The text defines make_environment(folder), to be run by the Python it is made for;
// where that is an environment itself the new one is a sister of it, without its packages.
#pragma once

#include <string_view>

namespace mlengine::model {

inline constexpr std::string_view kPython2Environment = R"py(
import os, shutil, sys

def make_environment(target):
    target = os.path.abspath(target)
    name = 'python%d.%d' % sys.version_info[:2]
    library = os.path.dirname(os.path.abspath(os.__file__))
    own = os.path.join(target, 'lib', name)
    os.makedirs(os.path.join(own, 'site-packages'))
    os.makedirs(os.path.join(target, 'bin'))
    os.makedirs(os.path.join(target, 'include'))
    os.symlink('lib', os.path.join(target, 'lib64'))
    for entry in os.listdir(library):
        # site.pyc would be rewritten through its link.
        if entry not in ('site-packages', 'dist-packages', 'site.py', 'site.pyc', 'site.pyo'):
            os.symlink(os.path.realpath(os.path.join(library, entry)), os.path.join(own, entry))
    headers = os.path.join(sys.prefix, 'include', name)
    if os.path.isdir(headers):
        os.symlink(os.path.realpath(headers), os.path.join(target, 'include', name))
    # As in a venv: no packages of the user's own, and pip leaves alone what lies outside.
    with open(os.path.join(library, 'site.py')) as f:
        site = f.read()
    if not hasattr(sys, 'real_prefix'):
        site = 'import sys; sys.real_prefix = %r\n' % sys.prefix + site
    with open(os.path.join(own, 'site.py'), 'w') as f:
        f.write(site.replace('\nENABLE_USER_SITE = None\n', '\nENABLE_USER_SITE = False\n'))
    # A copy: Python finds its library by where its program lies, links followed.
    shutil.copy(os.path.realpath(sys.executable), os.path.join(target, 'bin', name))
    for link in ('python', 'python2'):
        os.symlink(name, os.path.join(target, 'bin', link))
)py";

}  // namespace mlengine::model
