#include "cli/plan.h"

#include <boost/json.hpp>
#include <cstdio>
#include <ostream>

#include "base/digest.h"
#include "base/file_system.h"
#include "cli/api.h"
#include "cli/job_detail.h"
#include "cli/object_client.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/staging.h"
#include "cli/training_request.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// "7.2".
std::string Memory(const value& group) {
  const value* memory = group.get_object().if_contains("memoryGb");
  if (memory == nullptr || !memory->is_number()) return "";
  char text[32];
  std::snprintf(text, sizeof(text), "%g", memory->to_number<double>());
  return text;
}

// What the receipt of a submit would say, and what it could not.
void PrintPlan(Session& session, const std::string& job, const object& plan,
               const array& packages) {
  std::ostream& out = session.out;
  const auto text = [&](const char* path) { return FieldText(plan, path); };
  out << "Job [" << job << "] would be accepted. Nothing was uploaded or started.\n"
      << "  region   " << text("region") << "\n";
  if (const std::string unknown = text("runtime.unknown"); !unknown.empty()) {
    out << "  runtime  none can run it now: " << unknown << "\n";
  } else {
    out << "  runtime  " << text("runtime.name") << " (Python " << text("runtime.pythonVersion")
        << ")\n";
  }
  out << "  tier     " << text("scaleTier") << "\n";
  for (const std::string& line : PriceLines(plan)) out << "  " << line << "\n";
  for (const value& package : packages)
    out << "  package  " << FieldText(package, "uri") << ", " << FieldText(package, "state")
        << "\n";
  std::vector<std::vector<std::string>> rows = {
      {"ROLE", "COUNT", "MACHINE_TYPE", "VCPUS", "MEMORY_GB", "ACCELERATORS"}};
  for (const value& group : plan.at("replicas").as_array()) {
    const std::string count = FieldText(group, "accelerators.count");
    rows.push_back({FieldText(group, "role"), FieldText(group, "count"),
                    FieldText(group, "machineType"), FieldText(group, "vcpus"), Memory(group),
                    count.empty() ? "" : count + " x " + FieldText(group, "accelerators.type")});
  }
  out << AlignTable(rows);
  if (const value* warnings = plan.at("runtime").as_object().if_contains("warnings")) {
    for (const value& warning : warnings->as_array())
      out << "WARNING: " << std::string_view(warning.as_string()) << "\n";
  }
  if (text("pool.fits") == "False") {
    out << "WARNING: its " << text("replicaCount") << " replicas are more than the "
        << text("pool.slots") << " slots of the pool: it would run alone, its replicas sharing "
        << "them.\n";
  }
}

// A real submit would fail at its upload.
Status CheckBucket(Api& api, const std::string& bucket) {
  return api.Json("GET", "/storage/v1/b/" + PercentEncode(bucket)).status();
}

Result<array> PlannedPackages(Api& api, const std::vector<GsPath>& places,
                              const std::vector<std::string>& files,
                              const std::vector<std::string>& uris) {
  array out;
  ObjectClient objects(api);
  for (std::size_t i = 0; i < places.size(); ++i) {
    MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, RealFileSystem().Stat(files[i]));
    const bool there = objects.Metadata(places[i]).ok();
    out.push_back(object{{"uri", places[i].Url()},
                         {"bytes", stat.size},
                         {"state", there ? "already staged" : "to be uploaded"}});
  }
  for (const std::string& uri : uris)
    out.push_back(object{{"uri", uri}, {"state", "there already"}});
  return out;
}

}  // namespace

Result<object> AskPlan(Api& api, const object& job, std::size_t unstaged) {
  const value body = job;
  MLENGINE_ASSIGN_OR_RETURN(
      const value plan,
      api.Json("POST", api.OwnPath({"jobs"}) + ":plan?unstaged=" + std::to_string(unstaged),
               &body));
  if (!plan.is_object() || !plan.get_object().contains("replicas"))
    return InternalError("the server's plan of the job cannot be read");
  return plan.get_object();
}

Result<int> DryRun(const Invocation& invocation, Session& session, Api& api, object job,
                   const JobPackages& packages) {
  StagedPackages staging;
  if (!packages.local.empty()) {
    MLENGINE_ASSIGN_OR_RETURN(staging,
                              StagedPlaces(packages.local, StagingLocation(invocation, job)));
    MLENGINE_RETURN_IF_ERROR(CheckBucket(api, staging.places[0].bucket));
  }
  std::vector<std::string> uris;
  for (const GsPath& place : staging.places) uris.push_back(place.Url());
  uris.insert(uris.end(), packages.uris.begin(), packages.uris.end());
  SetPackages(uris, job);
  Result<object> plan = AskPlan(api, job, staging.places.size());
  if (!plan.ok()) return WithConfigLines(invocation, plan.status());
  MLENGINE_ASSIGN_OR_RETURN(array staged,
                            PlannedPackages(api, staging.places, packages.local, packages.uris));
  if (!invocation.Has("format")) {
    PrintPlan(session, invocation.positionals[0], *plan, staged);
    return kExitOk;
  }
  (*plan)["packages"] = std::move(staged);
  MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, *plan));
  return kExitOk;
}

}  // namespace mlengine::cli
