#include "cli/job_config.h"

#include <yaml-cpp/yaml.h>
#include <algorithm>

#include <boost/json.hpp>
#include <cmath>

#include "base/file_system.h"
#include "cli/command.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

// Strings in the API that look like numbers when they are written without quotes.
bool IsTextField(std::string_view key) {
  return key == "runtimeVersion" || key == "pythonVersion" || key == "labels" || key == "args" ||
         key == "jobId" || key == "runtime_version" || key == "python_version" || key == "job_id" ||
         key == "categoricalValues";
}

// A file's aliases may stand for each other, or for what they are part of: a few lines can mean a
// tree without end.
constexpr int kDeepest = 32;  // as the server takes them
constexpr int kMostNodes = 100'000;

// By the library that will read it: what it writes must be JSON.
void CheckUtf8(const YAML::Node& node, const std::string& text) {
  boost::json::error_code error;
  static_cast<void>(boost::json::parse(boost::json::serialize(value(text)), error));
  if (error) throw YAML::Exception(node.Mark(), "a text that is not UTF-8");
}

class YamlReader {
 public:
  value Read(const YAML::Node& node, bool as_text, int depth = 0) {
    if (depth > kDeepest) throw YAML::Exception(node.Mark(), "too many levels in each other");
    if (++nodes_ > kMostNodes)
      throw YAML::Exception(node.Mark(), "more than " + std::to_string(kMostNodes) + " values");
    if (node.IsMap()) {
      object out;
      for (const auto& field : node) {
        const std::string key = field.first.as<std::string>();
        CheckUtf8(field.first, key);
        out[key] = Read(field.second, as_text || IsTextField(key), depth + 1);
      }
      return out;
    }
    if (node.IsSequence()) {
      boost::json::array out;
      for (const YAML::Node& one : node) out.push_back(Read(one, as_text, depth + 1));
      return out;
    }
    return node.IsNull() ? value(nullptr) : Scalar(node, as_text);
  }

 private:
  static value Scalar(const YAML::Node& node, bool as_text) {
    const std::string& text = node.Scalar();
    CheckUtf8(node, text);
    if (as_text || node.Tag() == "!") return value(text);
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    if (std::int64_t number = 0; YAML::convert<std::int64_t>::decode(node, number)) return number;
    if (double number = 0; YAML::convert<double>::decode(node, number) && std::isfinite(number))
      return number;
    return value(text);
  }

  int nodes_ = 0;
};

std::string Upper(std::string text) {
  for (char& c : text)
    c = static_cast<char>(c == '-' ? '_' : std::toupper(static_cast<unsigned char>(c)));
  return text;
}

object& Inner(object& outer, std::string_view key) {
  value& inner = outer[key];
  if (!inner.is_object()) inner = object();
  return inner.get_object();
}

// --ROLE-machine-type, --ROLE-count, --ROLE-image-uri and --ROLE-accelerator.
void ApplyRole(const Invocation& invocation, const std::string& flag, const std::string& field,
               object& input) {
  if (invocation.Has(flag + "-machine-type"))
    input[field + "Type"] = invocation.Text(flag + "-machine-type");
  if (const auto count = invocation.Number(flag + "-count"))
    input[field + "Count"] = std::to_string(*count);
  if (invocation.Has(flag + "-image-uri")) {
    Inner(input, field + "Config")["imageUri"] = invocation.Text(flag + "-image-uri");
  }
  for (const auto& [key, text] : invocation.Pairs(flag + "-accelerator")) {
    Inner(Inner(input, field + "Config"), "acceleratorConfig")[key] =
        key == "type" ? Upper(text) : text;
  }
}

// As the server's messages write it: "worker_count" of "workerCount".
std::string SnakeCase(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z') out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// `at` is the path of `map` in the server's words: "job.training_input". Of a file that
// ReadJobConfig took.
void NameLines(const YAML::Node& map, const std::string& at, const std::string& path,
               const std::string& message, std::string& lines) {
  if (!map.IsMap()) return;
  for (const auto& field : map) {
    const std::string key = field.first.as<std::string>();
    const std::string below = at + "." + SnakeCase(key);
    const bool named = message.find("\"" + key + "\" at '" + at + "'") != std::string::npos ||
                       message.find("'" + below + "'") != std::string::npos ||
                       message.find("Field: " + below + " ") != std::string::npos;
    if (named) {
      lines += (lines.empty() ? "" : "\n") + path + ", line " +
               std::to_string(field.first.Mark().line + 1) + ": " + key;
    }
    NameLines(field.second, below, path, message, lines);
  }
}

}  // namespace

Result<object> ReadJobConfig(const std::string& path) {
  return ReadConfig(path, "--config names a file with a job in YAML or JSON.",
                    "a job is a map such as `trainingInput: {scaleTier: BASIC}`.");
}

Result<object> ReadConfig(const std::string& path, const std::string& what,
                          const std::string& example) {
  const Result<std::string> text = RealFileSystem().Read(path, 10U << 20);
  if (!text.ok()) {
    return Status(text.status().code(), std::string(text.status().message()) + ". " + what);
  }
  try {
    const YAML::Node node = YAML::Load(*text);
    if (node.IsNull()) return object();
    if (!node.IsMap()) {
      return InvalidArgumentError(path + ", line 1: " + example);
    }
    return YamlReader().Read(node, false).as_object();
  } catch (const YAML::Exception& error) {
    return InvalidArgumentError(path + ", line " + std::to_string(error.mark.line + 1) +
                                ", column " + std::to_string(error.mark.column + 1) + ": " +
                                error.msg + ". Correct the file; it must be YAML or JSON.");
  }
}

std::string LinesNamed(const std::string& path, const std::string& message) {
  try {
    std::string lines;
    const YAML::Node node = YAML::Load(RealFileSystem().Read(path, 10U << 20).value_or(""));
    static_cast<void>(YamlReader().Read(node, false));  // throws where there is no end
    NameLines(node, "job", path, message, lines);
    return lines;
  } catch (const YAML::Exception&) {
    return "";
  }
}

void ApplyJobFlags(const Invocation& invocation, const std::string& region, object& job) {
  if (!invocation.positionals.empty()) job["jobId"] = invocation.positionals[0];
  for (const auto& [key, text] : invocation.Pairs("labels")) Inner(job, "labels")[key] = text;
  if (invocation.Has("budget")) {
    // A label's value has no point.
    std::string amount = invocation.Text("budget");
    std::ranges::replace(amount, '.', '_');
    Inner(job, "labels")["mlengine-budget"] = amount;
  }
  object& input = Inner(job, "trainingInput");
  static constexpr std::pair<const char*, const char*> kTexts[] = {
      {"module-name", "pythonModule"},
      {"job-dir", "jobDir"},
      {"region", "region"},
      {"runtime-version", "runtimeVersion"},
      {"python-version", "pythonVersion"},
      {"service-account", "serviceAccount"},
      {"network", "network"}};
  if (!region.empty()) input["region"] = region;
  for (const auto& [flag, field] : kTexts) {
    if (invocation.Has(flag)) input[field] = invocation.Text(flag);
  }
  if (!input.contains("region")) input["region"] = "us-central1";
  if (invocation.Has("scale-tier")) input["scaleTier"] = Upper(invocation.Text("scale-tier"));
  if (invocation.Has("enable-web-access")) input["enableWebAccess"] = true;
  if (invocation.Has("use-chief-in-tf-config")) {
    input["useChiefInTfConfig"] = invocation.Text("use-chief-in-tf-config") == "true";
  }
  if (invocation.Has("kms-key"))
    Inner(input, "encryptionConfig")["kmsKeyName"] = invocation.Text("kms-key");
  ApplyRole(invocation, "master", "master", input);
  ApplyRole(invocation, "worker", "worker", input);
  ApplyRole(invocation, "parameter-server", "parameterServer", input);
  if (!invocation.user_args.empty()) {
    input["args"] = boost::json::array(invocation.user_args.begin(), invocation.user_args.end());
  }
}

}  // namespace mlengine::cli
