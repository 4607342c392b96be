// runtime.json, which makes a built environment one that can be used
// (docs/formats/runtime_folder.md), and the digest that names what is in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/runtime_catalog.h"

namespace mlengine::runtimes {

struct RuntimeRecord {
  std::string name;
  std::string interpreter;     // relative to the folder: "bin/python"
  std::string python_version;  // "3.11.2"
  std::string digest;          // hex
  Time created;
};

std::string EncodeRecord(const RuntimeRecord& record);
// DATA_LOSS for text that is no record, FAILED_PRECONDITION for a newer version of the format.
Result<RuntimeRecord> DecodeRecord(std::string_view text);

// All pins of a runtime in the order that pip gets them: requirements, then derived.
std::vector<std::string> PinsOf(const policy::RuntimeVersion& version);

// SHA-256, as hex, of the requirements (with the content of those that are files), what they
// provide, the installers, and the Python version.
Result<std::string> EnvironmentDigest(const policy::RuntimeVersion& version,
                                      const std::string& python_version);

}  // namespace mlengine::runtimes
