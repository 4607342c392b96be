#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr std::string_view kPython2Advice =
    "The program is written for Python 2: convert it (2to3), or choose a runtime version with "
    "Python 2.7 (--python-version 2.7).";

constexpr CauseRule kRules[] = {
    {kPython2Code, "SyntaxError: Missing parentheses in call to '{name}'",
     "The program is Python 2: it uses {name} as a statement.", kPython2Advice},
    {kPython2Code, "SyntaxError: multiple exception types must be parenthesized",
     "The program is Python 2: it writes except A, b.", kPython2Advice},
    {kPython2Code, "SyntaxError: leading zeros in decimal integer literals",
     "The program is Python 2: it writes octal numbers as 0644.", kPython2Advice},
    {kPython2Code, "NameError: name 'xrange' is not defined",
     "The program is Python 2: it uses "
     "xrange.",
     kPython2Advice},
    {kPython2Code, "NameError: name 'unicode' is not defined",
     "The program is Python 2: it uses "
     "unicode.",
     kPython2Advice},
    {kPython2Code, "NameError: name 'raw_input' is not defined",
     "The program is Python 2: it uses "
     "raw_input.",
     kPython2Advice},
    {kPython2Code, "'dict' object has no attribute 'iteritems'",
     "The program is Python 2: it uses "
     "dict.iteritems.",
     kPython2Advice},
    {kPython2Code, "'dict' object has no attribute 'has_key'",
     "The program is Python 2: it uses "
     "dict.has_key.",
     kPython2Advice},
    {kPython2Code, "No module named 'urllib2'", "The program is Python 2: it imports urllib2.",
     kPython2Advice},
    {kPython2Code, "No module named 'cPickle'", "The program is Python 2: it imports cPickle.",
     kPython2Advice},
    {kPython2Code, "No module named 'ConfigParser'",
     "The program is Python 2: it imports "
     "ConfigParser.",
     kPython2Advice},
    {kPython2Code, "No module named 'StringIO'", "The program is Python 2: it imports StringIO.",
     kPython2Advice},
    {kPython2Code, "TabError: inconsistent use of tabs and spaces",
     "The program mixes tabs and spaces, which Python 3 refuses.", "Convert the tabs to spaces."},
    {kSyntaxError, "IndentationError: {what}", "The program cannot be read: {what} ({where}).",
     "Mend that line."},
    {kSyntaxError, "SyntaxError: {what}", "The program cannot be read: {what} ({where}).",
     "Mend that line; newer syntax needs a newer Python (--python-version)."},
    {kNameNotInModule,
     "ImportError: cannot import name '{name}' from partially initialized module "
     "'{module}'",
     "The modules of the program import each other in a circle: {name} of {module}.",
     "Import it where it is used, or move it to a module of its own."},
    {kNameNotInModule, "ImportError: cannot import name '{name}' from '{module}'",
     "The program imports {name} from {module}, which has no such name{version}.",
     "Look at the version that the program was written for, and pin it in install_requires."},
    {kNameNotInModule, "ImportError: attempted relative import with no known parent package",
     "A module of the package is run as a file.", "Name it as PACKAGE.MODULE in --module-name."},
    {kNameNotInModule, "AttributeError: module '{module}' has no attribute '{name}'",
     "The program uses {module}.{name}, which does not exist{version}.",
     "Look at the version that the program was written for, and pin it in install_requires."},
    {kFileMissing, "FileNotFoundError: [Errno 2] No such file or directory: '{path}'",
     "The file {path} does not exist in the replica.",
     "A package carries only what package_data in setup.py names; put data on gs:// and pass its "
     "path as an argument."},
    {kFileMissing, "IOError: [Errno 2] No such file or directory: '{path}'",
     "The file {path} does not exist in the replica.",
     "A package carries only what package_data in setup.py names; put data on gs:// and pass its "
     "path as an argument."},
    {kFileMissing, "NotFoundError: {path}; No such file or directory",
     "The file {path} does not exist in the replica.",
     "Put data on gs:// and pass its path as an argument."},
    {kFileMissing, "NotADirectoryError: {what}",
     "A path goes through something that is no folder: "
     "{what}.",
     ""},
    {kFileMissing, "IsADirectoryError: [Errno 21] Is a directory: '{path}'",
     "{path} is a folder where a file is wanted.", ""},
    {kDataFormat, "JSONDecodeError: {what}", "What should be JSON is none: {what}.",
     "Look at the file: an empty one gives char 0."},
    {kDataFormat, "yaml.scanner.ScannerError", "What should be YAML is none.", "Look at the file."},
    {kDataFormat, "yaml.parser.ParserError", "What should be YAML is none.", "Look at the file."},
    {kDataFormat, "UnpicklingError: {what}", "What should be a pickle is none: {what}.",
     "Look at the file."},
    {kDataFormat, "BadZipFile: {what}", "What should be a zip file is none: {what}.",
     "Look at the file."},
    {kDataFormat, "BadGzipFile: {what}", "What should be a gzip file is none: {what}.",
     "Look at the file."},
    {kDataFormat, "_csv.Error: {what}", "What should be CSV is none: {what}.", "Look at the file."},
    {kTextEncoding, "UnicodeDecodeError: '{codec}' codec can't decode {what}",
     "A text is not in the encoding {codec}: it can't decode {what}.",
     "Open it with the encoding it has, or as bytes."},
    {kTextEncoding, "UnicodeEncodeError: '{codec}' codec can't encode {what}",
     "A text cannot be written in the encoding {codec}: it can't encode {what}.",
     "Open the file with encoding='utf-8'."},
    {kRecursion, "RecursionError: {what}", "A function calls itself without end ({where}).",
     "Look at the function that is repeated in the traceback."},
    {kInterrupted, "KeyboardInterrupt", "It was interrupted (SIGINT).",
     "Nobody is known to have sent it: look for os.kill in the program, and who uses this "
     "machine."},
    {kChildFailed, "CalledProcessError: Command '{command}' returned non-zero exit status {code}.",
     "A command that the program runs ended with status {code}: {command}.",
     "Look at that command's own lines above."},
    {kChildFailed, "CalledProcessError: Command '{command}' died with {signal}",
     "A command that the program runs died: {command}, {signal}", "Look at that command."},
    {kChildFailed, "BrokenProcessPool", "A worker process of the program ended unexpectedly.",
     "Look at its own lines above; killed for want of memory it leaves none."},
};

constexpr CauseRule kLineRules[] = {
    {kProgramMissing, "Error while finding module specification for '{module}'",
     "The module {module}, which the job runs, is not in its packages.",
     "Look at --module-name, at __init__.py in each folder, and at packages= in setup.py."},
    {kProgramMissing, ": No module named {module}.__main__; '{package}' is a package",
     "{package} is a package and cannot be run itself.",
     "Name a module in it: --module-name {package}.task."},
    {kProgramMissing, "python{version}: No module named {module}",
     "The module {module}, which the job runs, is not in its packages.",
     "Look at --module-name, at __init__.py in each folder, and at packages= in setup.py."},
    {kArguments, "error: unrecognized arguments: {arguments}",
     "The program does not know these arguments: {arguments}.",
     "Mend them behind \"--\"; every program gets --job-dir when the job has one, and must take "
     "it."},
    {kArguments, "error: the following arguments are required: {arguments}",
     "The program needs arguments that it did not get: {arguments}.",
     "Give them behind \"--\" of the submit."},
    {kArguments, "error: argument {argument}: {what}", "The argument {argument} is wrong: {what}.",
     "Mend it behind \"--\" of the submit."},
    {kArguments, "error: ambiguous option: {what}", "An argument can mean several: {what}.",
     "Write it in full."},
    {kArguments, "FATAL Flags parsing error:", "The program's flags could not be read: {what}.",
     "Mend them behind \"--\"; --job-dir is given to every program that has one.",
     "Unknown command line flag '{what}'"},
    {kArguments, "FATAL Flags parsing error:", "The program's flags could not be read.",
     "Mend them behind \"--\"; --job-dir is given to every program that has one."},
    {kSyntaxError, "SyntaxError: {what}", "The program cannot be read: {what}.", "Mend that line."},
    {kSharedLibraryMissing,
     "error while loading shared libraries: {library}: cannot open shared object file",
     "The shared library {library} is missing on this machine.", "Install what it belongs to."},
    {kOutOfMemory, "what():  std::bad_alloc", "There was no memory left (std::bad_alloc).",
     "Choose smaller batches, or a machine type with more memory."},
    {kAborted, "what():  {what}", "Native code threw an exception that nobody took: {what}",
     "Look at the library that the message is of."},
    {kAborted, "double free or corruption{what}",
     "Native code damaged the heap: double free or "
     "corruption{what}.",
     "Look at compiled packages: they must be built for this framework."},
    {kAborted, "free(): invalid {what}", "Native code damaged the heap: free(): invalid {what}.",
     "Look at compiled packages: they must be built for this framework."},
    {kAborted, "malloc(): {what}", "Native code damaged the heap: malloc(): {what}.",
     "Look at compiled packages: they must be built for this framework."},
    {kAborted, "munmap_chunk(): {what}", "Native code damaged the heap: munmap_chunk(): {what}.",
     "Look at compiled packages: they must be built for this framework."},
    {kAborted, "corrupted size vs. prev_size", "Native code damaged the heap.",
     "Look at compiled packages: they must be built for this framework."},
    {kAborted, "Check failed: {what}", "A check in native code failed: {what}.",
     "Look at the library that the line names."},
    {kAborted, "Assertion `{what}' failed", "A check in native code failed: {what}.",
     "Look at the library that the line names."},
    {kDiskFull, "No space left on device", "The disk was full.", "Free some space, or write less."},
    {kTooManyFiles, "Too many open files", "The program has too many files or sockets open.",
     "Close what it opened, or open fewer at once."},
};

}  // namespace

std::span<const CauseRule> PythonRules() {
  return kRules;
}

std::span<const CauseRule> LineRules() {
  return kLineRules;
}

}  // namespace mlengine::insight
