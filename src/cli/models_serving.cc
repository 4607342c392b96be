#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <ostream>

#include "base/number_text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/resource_calls.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr double kMebibyte = 1 << 20;
constexpr double kMilliseconds = 1000;

const value* At(const value& item, std::string_view name) {
  return item.is_object() ? item.get_object().if_contains(name) : nullptr;
}

const array& ListAt(const value& item, std::string_view name) {
  static const array none;
  const value* const list = At(item, name);
  return list != nullptr && list->is_array() ? list->get_array() : none;
}

double NumberAt(const value& item, std::string_view name) {
  const value* const number = At(item, name);
  if (number == nullptr) return 0;
  if (number->is_number()) return number->to_number<double>();
  double parsed = 0;
  if (number->is_string()) {
    const boost::json::string& text = number->get_string();
    std::from_chars(text.data(), text.data() + text.size(), parsed);
  }
  return parsed;
}

// What part of the requests that name no version goes there.
std::string ShareOf(const value& version, const value& settings) {
  double given = 0;
  double own = 0;
  for (const value& share : ListAt(settings, "traffic")) {
    const double percent = NumberAt(share, "percent");
    given += percent;
    if (TextAt(share, "version") == TextAt(version, "version")) own = percent;
  }
  const value* const is_default = At(version, "isDefault");
  if (is_default != nullptr && is_default->is_bool() && is_default->get_bool()) own += 100 - given;
  return FixedText(own, 0) + "%";
}

double MemoryOf(const value& version) {
  double bytes = 0;
  for (const value& process : ListAt(version, "processes"))
    bytes += NumberAt(process, "memoryBytes");
  return bytes;
}

// A row of the table, its cells as they are shown.
value RowOf(const value& version, const value& settings) {
  const value none = object();
  const value* const totals = At(version, "totals");
  const value* const latency = At(version, "latency");
  const value* const batches = At(version, "batches");
  double requests = 0;
  for (const char* outcome :
       {"answered", "refused", "too_many", "unavailable", "too_late", "failed"})
    requests += NumberAt(totals == nullptr ? none : *totals, outcome);
  const double answered = NumberAt(totals == nullptr ? none : *totals, "answered");
  const auto milliseconds = [&](const char* part) {
    return answered == 0 ? std::string("-")
                         : FixedText(NumberAt(*latency, part) * kMilliseconds, 2);
  };
  return object{{"version", TextAt(version, "version")},
                {"state", TextAt(version, "state")},
                {"traffic", ShareOf(version, settings)},
                {"processes", std::to_string(ListAt(version, "processes").size())},
                {"memory", FixedText(MemoryOf(version) / kMebibyte, 0) + " MiB"},
                {"requests", FixedText(requests, 0)},
                {"errors", FixedText(requests - answered, 0)},
                {"p50", milliseconds("p50")},
                {"p95", milliseconds("p95")},
                {"p99", milliseconds("p99")},
                {"batch", batches == nullptr || answered == 0
                              ? "-"
                              : FixedText(NumberAt(*batches, "meanInstances"), 1)}};
}

Status PrintServing(const Invocation& invocation, Session& session, const value& serving) {
  if (invocation.Has("format")) return PrintOne(invocation, session, serving);
  const value none = object();
  const value& settings = At(serving, "settings") == nullptr ? none : *At(serving, "settings");
  array rows;
  for (const value& version : ListAt(serving, "versions")) rows.push_back(RowOf(version, settings));
  MLENGINE_RETURN_IF_ERROR(PrintList(invocation, session, rows,
                                     {{"VERSION", "version"},
                                      {"STATE", "state"},
                                      {"TRAFFIC", "traffic"},
                                      {"PROCESSES", "processes"},
                                      {"MEMORY", "memory"},
                                      {"REQUESTS", "requests"},
                                      {"ERRORS", "errors"},
                                      {"P50_MS", "p50"},
                                      {"P95_MS", "p95"},
                                      {"P99_MS", "p99"},
                                      {"INSTANCES_PER_RUN", "batch"}}));
  if (const value* const logging = At(settings, "requestLogging")) {
    session.err << "Of all requests " << FieldText(*logging, "samplePercent") << "% are kept in ["
                << TextAt(*logging, "folder") << "].\n";
  }
  const value* const separate = At(settings, "separateRuns");
  if (separate != nullptr && separate->is_bool() && separate->get_bool())
    session.err << "Every request has a run of the model for itself.\n";
  return OkStatus();
}

Result<int> RunServing(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(
      const value serving,
      api->Json("GET", api->OwnPath({"models", invocation.positionals[0], "serving"})));
  MLENGINE_RETURN_IF_ERROR(PrintServing(invocation, session, serving));
  return kExitOk;
}

Result<array> SharesOf(const Invocation& invocation) {
  array shares;
  for (const auto& [version, text] : invocation.Pairs("traffic")) {
    const auto percent = ToNumber<std::int64_t>(text);
    if (!percent) {
      return InvalidArgumentError("--traffic: \"" + text.substr(0, 40) + "\" for version " +
                                  version.substr(0, 128) + " is no whole percent, such as v2=10.");
    }
    shares.push_back({{"version", version}, {"percent", *percent}});
  }
  return shares;
}

Result<object> ChangeOf(const Invocation& invocation) {
  object change;
  const auto both = [&](const char* one, const char* other) {
    return invocation.Has(one) && invocation.Has(other);
  };
  if (both("traffic", "clear-traffic") || both("log-requests-to", "clear-request-log") ||
      both("separate-runs", "shared-runs")) {
    return InvalidArgumentError(
        "A setting is given and cleared in one line; leave one of the two flags out.");
  }
  if (invocation.Has("traffic")) {
    MLENGINE_ASSIGN_OR_RETURN(change["traffic"], SharesOf(invocation));
  }
  if (invocation.Has("clear-traffic")) change["traffic"] = array();
  if (invocation.Has("log-requests-to")) {
    const std::string text = invocation.Text("log-sample", "100");
    const auto sample = ToNumber<double>(text);
    if (!sample || !std::isfinite(*sample))
      return InvalidArgumentError("--log-sample: \"" + text.substr(0, 40) + "\" is no number.");
    change["requestLogging"] = {{"folder", invocation.Text("log-requests-to")},
                                {"samplePercent", *sample}};
  } else if (invocation.Has("log-sample")) {
    return InvalidArgumentError("--log-sample goes with --log-requests-to=gs://BUCKET/FOLDER.");
  }
  if (invocation.Has("clear-request-log")) change["requestLogging"] = nullptr;
  if (invocation.Has("separate-runs")) change["separateRuns"] = true;
  if (invocation.Has("shared-runs")) change["separateRuns"] = false;
  if (!change.empty()) return change;
  return InvalidArgumentError(
      "There is nothing to change. Give --traffic, --log-requests-to, --separate-runs, or what "
      "clears them.");
}

Result<int> RunSetServing(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  MLENGINE_ASSIGN_OR_RETURN(object change, ChangeOf(invocation));
  const value body = std::move(change);
  const std::string& model = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const value serving,
                            api->Json("PATCH", api->OwnPath({"models", model, "serving"}), &body));
  if (!invocation.Has("quiet")) session.err << "Updated how model [" << model << "] is served.\n";
  MLENGINE_RETURN_IF_ERROR(PrintServing(invocation, session, serving));
  return kExitOk;
}

const Positional kModel = {"MODEL", "Name of the model."};

}  // namespace

Command ModelsServingCommand() {
  Command command;
  command.path = "models serving";
  command.summary = "show what a model's versions are asked and how fast they answer";
  command.description =
      "Shows for each version of a model its share of the requests, its processes and their "
      "memory, "
      "and what became of its requests since the server started, with the time that answers took.";
  command.positionals = {kModel};
  command.flags = {RegionFlag()};
  command.examples = {"mlengine models serving flowers"};
  command.run = RunServing;
  return command;
}

Command ModelsSetServingCommand() {
  Command command;
  command.path = "models set-serving";
  command.summary = "share a model's requests among its versions, log a sample of them";
  command.description =
      "Changes how a model is served. A version that is given a percent answers that part of the "
      "requests that name no version; the default version answers the rest, and also while the "
      "other one is not ready.";
  command.positionals = {kModel};
  command.flags = {
      {"traffic", FlagKind::kPairs, "VERSION=PERCENT,...", "Shares of the requests."},
      {"clear-traffic", FlagKind::kSwitch, "", "The default version answers all."},
      {"log-requests-to", FlagKind::kText, "FOLDER",
       "gs:// folder that keeps requests and answers, as lines of JSON."},
      {"log-sample", FlagKind::kText, "PERCENT", "How many of them; else all."},
      {"clear-request-log", FlagKind::kSwitch, "", "Keep none."},
      {"separate-runs", FlagKind::kSwitch, "",
       "Give every request a run of the model for itself; otherwise those that wait share one."},
      {"shared-runs", FlagKind::kSwitch, "", "Have requests that wait share a run."},
      RegionFlag()};
  command.examples = {
      "mlengine models set-serving flowers --traffic=v2=10",
      "mlengine models set-serving flowers --log-requests-to=gs://asked/flowers --log-sample=1"};
  command.run = RunSetServing;
  return command;
}

}  // namespace mlengine::cli
