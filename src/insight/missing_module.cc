#include "insight/missing_module.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mlengine::insight {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kOtherNames{{
    {"sklearn", "scikit-learn"},
    {"skimage", "scikit-image"},
    {"cv2", "opencv-python"},
    {"PIL", "pillow"},
    {"yaml", "pyyaml"},
    {"bs4", "beautifulsoup4"},
    {"dateutil", "python-dateutil"},
    {"dotenv", "python-dotenv"},
    {"attr", "attrs"},
    {"Crypto", "pycryptodome"},
    {"MySQLdb", "mysqlclient"},
    {"psycopg2", "psycopg2-binary"},
    {"serial", "pyserial"},
    {"git", "gitpython"},
    {"google.cloud.storage", "google-cloud-storage"},
    {"google.cloud.bigquery", "google-cloud-bigquery"},
    {"googleapiclient", "google-api-python-client"},
    {"apache_beam", "apache-beam"},
    {"hypertune", "cloudml-hypertune"},
    {"tensorflow_transform", "tensorflow-transform"},
}};

std::string_view TopOf(std::string_view module) {
  return module.substr(0, module.find('.'));
}

// The distribution as the runtime has it; null when it has none. TensorFlow comes under several
// names.
const std::pair<const std::string, std::string>* FindDistribution(const FailureEvidence& evidence,
                                                                  std::string_view module) {
  const auto find = [&](std::string_view name) {
    const auto found = evidence.distributions.find(name);
    return found == evidence.distributions.end() ? nullptr : &*found;
  };
  if (TopOf(module) == "tensorflow") {
    for (const std::string_view name : {"tensorflow-cpu", "tensorflow", "tensorflow-gpu"}) {
      if (const auto* found = find(name)) return found;
    }
  }
  return find(DistributionOf(module));
}

std::string RuntimeText(const FailureEvidence& evidence) {
  return evidence.runtime.empty() ? "the runtime" : "runtime " + evidence.runtime;
}

}  // namespace

std::string DistributionOf(std::string_view module) {
  for (const auto& [name, distribution] : kOtherNames) {
    if (module == name || (module.starts_with(name) && module[name.size()] == '.'))
      return std::string(distribution);
  }
  std::string out(TopOf(module));
  for (char& c : out) c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
  return out;
}

std::string VersionText(const FailureEvidence& evidence, std::string_view module) {
  const auto* found = FindDistribution(evidence, module);
  if (found == nullptr) return "";
  return ": " + RuntimeText(evidence) + " has " + found->first + " " + found->second;
}

std::string TensorFlowVersion(const FailureEvidence& evidence) {
  const auto* found = FindDistribution(evidence, "tensorflow");
  return found == nullptr ? "" : found->second;
}

MissingModule TellMissing(const FailureEvidence& evidence, std::string_view module) {
  const std::string name(module);
  const std::string_view package = TopOf(evidence.module);
  if (!package.empty() && TopOf(module) == package) {
    return {"The program imports its own module " + name + ", which is not in its packages.",
            "Look at __init__.py in each folder, and at packages= in setup.py."};
  }
  const std::string distribution = DistributionOf(module);
  if (const auto* found = FindDistribution(evidence, module)) {
    return {"The program imports " + name + ", which " + found->first + " " + found->second +
                " of " + RuntimeText(evidence) + " does not have.",
            "Look at the version that the program was written for, and pin it in install_requires, "
            "or choose another runtime version (mlengine runtimes list)."};
  }
  const bool known = !evidence.distributions.empty();
  std::string advice = "Name " + distribution + " in install_requires of setup.py.";
  if (!package.empty() && module.find('.') == std::string_view::npos) {
    advice +=
        " If it is a file of the package, import it as " + std::string(package) + "." + name + ".";
  }
  return {"The program imports " + name + ", which " + RuntimeText(evidence) +
              (known ? " does not have: no version of " + distribution + " is in it."
                     : " does not have."),
          std::move(advice)};
}

}  // namespace mlengine::insight
