// What an environment holds, by the names in its package folders; nothing is run for it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/file_system.h"

namespace mlengine::runtimes {

// Version by distribution ("tensorflow-cpu": "2.19.1"), in small letters with '-' for '_' and '.'.
// `interpreter` is that of a venv, python_version "3.11.2". Empty when its folder cannot be read,
// as of an interpreter that is no venv's.
std::map<std::string, std::string, std::less<>> HeldDistributions(
    FileSystem& files, const std::string& interpreter, const std::string& python_version);

}  // namespace mlengine::runtimes
