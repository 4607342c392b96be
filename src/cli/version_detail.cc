#include "cli/version_detail.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "cli/api.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

const value* At(const value& item, std::string_view name) {
  return item.is_object() ? item.get_object().if_contains(name) : nullptr;
}

array ListAt(const value& item, std::string_view name) {
  const value* const list = At(item, name);
  return list != nullptr && list->is_array() ? list->get_array() : array();
}

object ObjectAt(const value& item, std::string_view name) {
  const value* const found = At(item, name);
  return found != nullptr && found->is_object() ? found->get_object() : object();
}

// Counts travel as texts.
std::int64_t CountAt(const value& item, std::string_view name) {
  const value* const found = At(item, name);
  if (found == nullptr) return 0;
  if (found->is_int64()) return found->get_int64();
  const std::string text = TextAt(item, name);
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

double NumberAt(const value& item, std::string_view name) {
  const value* const found = At(item, name);
  return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

double Rounded(double number, double steps) {
  return std::round(number * steps) / steps;
}

object FiguresOf(const value& version) {
  std::int64_t memory = 0;
  const array processes = ListAt(version, "processes");
  for (const value& process : processes) memory += CountAt(process, "memoryBytes");
  std::int64_t requests = 0;
  const value totals = ObjectAt(version, "totals");
  for (const auto& outcome : totals.get_object()) requests += CountAt(totals, outcome.key());
  const std::int64_t answered = CountAt(totals, "answered");
  object out{{"requests", requests},
             {"errors", requests - answered},
             {"underWay", CountAt(version, "requests")},
             {"waiting", CountAt(version, "waiting")},
             {"processes", processes.size()},
             {"memoryBytes", memory}};
  if (answered == 0) return out;
  object latency;
  const value seconds = ObjectAt(version, "latency");
  for (const auto& part : seconds.get_object())
    latency[part.key()] = Rounded(NumberAt(seconds, part.key()) * 1000, 1000);
  out["latencyMilliseconds"] = std::move(latency);
  const value batches = ObjectAt(version, "batches");
  if (CountAt(batches, "runs") > 0)
    out["instancesPerRun"] = Rounded(NumberAt(batches, "meanInstances"), 100);
  return out;
}

Result<value> AskSignature(Api& api, const std::string& model, const std::string& version) {
  return api.Json("GET", api.OwnPath({"models", model, "versions", version, "signature"}));
}

}  // namespace

VersionSignature SignatureOf(Api& api, const std::string& model, const std::string& version) {
  const Result<value> answer = AskSignature(api, model, version);
  VersionSignature found;
  if (!answer.ok()) return found;
  const array signatures = ListAt(*answer, "signatures");
  for (const value& signature : signatures) {
    const value* const is_default = At(signature, "isDefault");
    if (is_default == nullptr || !is_default->is_bool() || !is_default->get_bool()) continue;
    found.text = TextAt(signature, "text");
    const array inputs = ListAt(signature, "inputs");
    if (inputs.size() == 1 && TextAt(inputs[0], "dtype") == "string")
      found.bytes_input = TextAt(inputs[0], "name");
  }
  if (signatures.empty()) found.text = TextAt(*answer, "instance");
  return found;
}

object VersionDetail(Api& api, const std::string& model, const std::string& version) {
  object detail;
  const Result<value> serving = api.Json("GET", api.OwnPath({"models", model, "serving"}));
  if (serving.ok()) {
    const array versions = ListAt(*serving, "versions");
    for (const value& one : versions) {
      if (TextAt(one, "version") == version) detail["serving"] = FiguresOf(one);
    }
  }
  const Result<value> answer = AskSignature(api, model, version);
  if (!answer.ok()) return detail;
  object signatures;
  const array list = ListAt(*answer, "signatures");
  for (const value& one : list) signatures[TextAt(one, "name")] = TextAt(one, "text");
  if (!signatures.empty()) detail["signatures"] = std::move(signatures);
  if (const std::string instance = TextAt(*answer, "instance"); !instance.empty())
    detail["instance"] = instance;
  return detail;
}

}  // namespace mlengine::cli
