#include "policy/runtime_catalog.h"

#include <algorithm>
#include <cassert>

#include "policy/builtin_runtimes.h"
#include "policy/version_number.h"
#include "policy/yaml_fault.h"

namespace mlengine::policy {
namespace {

constexpr std::size_t kLongestName = 64;

// The name becomes a folder's and a path segment of the API.
bool IsName(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

// "3.11".
bool IsPythonVersion(const std::string& text) {
  const std::size_t dot = text.find('.');
  const auto digits = [](const std::string& part) {
    return !part.empty() && part.size() <= 3 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return dot != std::string::npos && digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

// An exact version, or a file: anything else could mean another environment tomorrow.
bool IsPin(const std::string& text) {
  if (text.empty() || text.front() == '-' || text.find('\n') != std::string::npos) return false;
  const std::string requirement = text.substr(0, text.find(';'));
  if (requirement.empty()) return false;
  const bool exact = requirement.find("==") != std::string::npos &&
                     requirement.find('*') == std::string::npos &&
                     requirement.find(',') == std::string::npos;
  return exact || requirement.front() == '/' || requirement.find(" @ file:") != std::string::npos;
}

// NAME==VERSION and no more: both become parts of a file's name.
bool IsProvided(const std::string& text) {
  const std::size_t equals = text.find("==");
  return equals != std::string::npos && IsName(text.substr(0, equals)) &&
         IsName(text.substr(equals + 2));
}

// "2017-12-14".
bool IsDay(const std::string& text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

std::vector<std::string> ScalarList(const YAML::Node& node, const std::string& key) {
  if (!node.IsSequence()) throw YamlFault(node, key + " must be a list");
  std::vector<std::string> texts;
  for (const YAML::Node& item : node) texts.push_back(ScalarText(item, "each item of " + key));
  return texts;
}

std::vector<std::string> PinList(const YAML::Node& node, const std::string& path) {
  std::vector<std::string> pins = ScalarList(node, path);
  for (const std::string& pin : pins) {
    if (!IsPin(pin)) {
      throw YamlFault(node,
                      path + ": \"" + pin + "\" is not an exact version such as \"numpy==2.1.3\"");
    }
  }
  return pins;
}

bool Flag(const YAML::Node& node, const std::string& path) {
  const std::string text = ScalarText(node, path);
  if (text != "true" && text != "false") throw YamlFault(node, path + " must be true or false");
  return text == "true";
}

void ReadKey(const std::string& key, const YAML::Node& value, RuntimeVersion& version) {
  const std::string path = version.name + "." + key;
  if (key == "framework") {
    version.framework = ScalarText(value, path);
  } else if (key == "python") {
    version.python_versions = ScalarList(value, path);
    for (const std::string& python : version.python_versions) {
      if (!IsPythonVersion(python))
        throw YamlFault(value,
                        path + ": \"" + python + "\" is not a Python version such as \"3.11\"");
    }
  } else if (key == "requirements") {
    version.requirements = PinList(value, path);
  } else if (key == "derived") {
    version.derived = PinList(value, path);
  } else if (key == "installer") {
    version.installer = PinList(value, path);
  } else if (key == "provides") {
    version.provides = ScalarList(value, path);
    for (const std::string& name : version.provides) {
      if (!IsProvided(name))
        throw YamlFault(value,
                        path + ": \"" + name + "\" is not of the form \"tensorflow==2.19.1\"");
    }
  } else if (key == "interpreter") {
    version.interpreter = ScalarText(value, path);
  } else if (key == "default") {
    version.is_default = Flag(value, path);
  } else if (key == "released") {
    version.released = ScalarText(value, path);
    if (!IsDay(version.released))
      throw YamlFault(value, path + ": \"" + version.released + "\" is not a day: 2017-12-14");
  } else if (key == "releasedDerived") {
    version.released_derived = Flag(value, path);
  } else if (key == "unavailable") {
    version.unavailable = ScalarText(value, path);
  } else {
    throw YamlFault(value, path +
                               " is not known; the keys are framework, released, releasedDerived, "
                               "python, requirements, derived, installer, provides, interpreter, "
                               "unavailable and default");
  }
}

RuntimeVersion ReadVersion(const YAML::Node& name, const YAML::Node& body) {
  RuntimeVersion version;
  version.name = ScalarText(name, "a runtime's name");
  if (!IsName(version.name)) {
    throw YamlFault(name,
                    "\"" + version.name.substr(0, kLongestName) +
                        "\" cannot name a runtime: up to 64 letters, digits, '.', '-' and '_', "
                        "not starting with '.' or '-'");
  }
  if (!body.IsMap()) throw YamlFault(body, version.name + " must be a map of keys");
  for (const auto& item : body)
    ReadKey(ScalarText(item.first, "a key of " + version.name), item.second, version);
  if (!version.interpreter.empty() && !(version.requirements.empty() && version.derived.empty()))
    throw YamlFault(body, version.name + " has both interpreter and requirements; choose one");
  if (version.interpreter.empty() && version.python_versions.empty())
    throw YamlFault(body, version.name + " needs python (with requirements) or interpreter");
  return version;
}

std::vector<RuntimeVersion> ReadVersions(const YAML::Node& root) {
  if (!root.IsMap()) throw YamlFault(root, "the file must have the key runtimes");
  std::vector<RuntimeVersion> versions;
  for (const auto& item : root) {
    const std::string key = ScalarText(item.first, "a key");
    if (key != "runtimes") throw YamlFault(item.first, key + " is not known; the key is runtimes");
    if (!item.second.IsMap()) throw YamlFault(item.second, "runtimes must be a map of names");
    for (const auto& entry : item.second) {
      RuntimeVersion version = ReadVersion(entry.first, entry.second);
      for (const RuntimeVersion& other : versions) {
        if (other.name == version.name)
          throw YamlFault(entry.first, version.name + " is there twice");
        if (other.is_default && version.is_default)
          throw YamlFault(entry.first,
                          other.name + " and " + version.name + " are both the default");
      }
      versions.push_back(std::move(version));
    }
  }
  return versions;
}

}  // namespace

Result<RuntimeCatalog> RuntimeCatalog::Parse(const std::string& yaml, const std::string& source) {
  try {
    RuntimeCatalog catalog;
    catalog.versions_ = ReadVersions(YAML::Load(yaml));
    return catalog;
  } catch (const YAML::Exception& wrong) {
    return ToStatus(wrong, source);
  }
}

RuntimeCatalog RuntimeCatalog::BuiltIn() {
  Result<RuntimeCatalog> catalog = Parse(std::string(BuiltInRuntimesYaml()), "runtimes.yaml");
  const Result<RuntimeCatalog> original =
      Parse(std::string(BuiltInOriginalRuntimesYaml()), "original_runtimes.yaml");
  assert(catalog.ok() && original.ok());  // a test reads them
  catalog->Merge(*original);
  std::ranges::sort(catalog->versions_, {}, [](const RuntimeVersion& version) {
    const VersionNumber none{version.name == "system" ? -1 : 1'000'000, 0};
    return std::pair(ParseVersionNumber(version.name).value_or(none), version.name);
  });
  return *std::move(catalog);
}

void RuntimeCatalog::Merge(const RuntimeCatalog& other) {
  const bool new_default = std::any_of(other.versions_.begin(), other.versions_.end(),
                                       [](const RuntimeVersion& v) { return v.is_default; });
  if (new_default) {
    for (RuntimeVersion& version : versions_) version.is_default = false;
  }
  for (const RuntimeVersion& version : other.versions_) {
    const auto same =
        std::find_if(versions_.begin(), versions_.end(),
                     [&version](const RuntimeVersion& v) { return v.name == version.name; });
    if (same != versions_.end()) {
      *same = version;
    } else {
      versions_.push_back(version);
    }
  }
}

const RuntimeVersion* RuntimeCatalog::Find(const std::string& name) const {
  for (const RuntimeVersion& version : versions_) {
    if (version.name == name) return &version;
  }
  return nullptr;
}

std::string RuntimeCatalog::DefaultName() const {
  for (const RuntimeVersion& version : versions_) {
    if (version.is_default) return version.name;
  }
  return "system";
}

}  // namespace mlengine::policy
