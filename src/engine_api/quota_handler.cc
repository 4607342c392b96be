#include "engine_api/quota_handler.h"

#include <boost/json.hpp>

#include "engine_api/answer.h"
#include "engine_api/budget_handler.h"
#include "engine_api/request_body.h"
#include "policy/job_validation.h"
#include "policy/job_work.h"
#include "policy/regions.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using policy::QuotaAmounts;

constexpr char kQuotas[] = "/mlengine/v1/projects/{project}/quotas";

Status CheckProject(const std::string& project) {
  if (policy::IsProjectId(project)) return OkStatus();
  return InvalidArgumentError("\"" + project.substr(0, 64) + "\" is no project id");
}

// What the jobs of the project hold in the region.
Result<QuotaAmounts> HeldNow(store::JobStore& store, const std::string& project,
                             const std::string& region) {
  QuotaAmounts held(policy::Quotas().size(), 0);
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<store::StoredJob> unfinished, store.ListUnfinished());
  for (const store::StoredJob& job : unfinished) {
    const ml::v1::TrainingInput& input = policy::WorkOf(job.record);
    if (job.record.project() != project || input.region() != region ||
        job.record.attempts_size() == 0)
      continue;
    const QuotaAmounts amounts = policy::AmountsOf(input);
    for (std::size_t i = 0; i < held.size(); ++i) held[i] += amounts[i];
  }
  return held;
}

Result<json::object> Shown(store::JobStore& store, const quotas::Allowance& allowance,
                           const std::string& project, const std::string& region) {
  if (!policy::IsTrainingRegion(region))
    return InvalidArgumentError("\"" + region.substr(0, 64) + "\" is no region");
  const quotas::ProjectQuotas settings = allowance.file().Of(project);
  MLENGINE_ASSIGN_OR_RETURN(const QuotaAmounts held, HeldNow(store, project, region));
  json::array list;
  std::size_t index = 0;
  for (const policy::QuotaLine& line : policy::QuotaLines(settings, region, allowance.devices())) {
    json::object item{{"quota", line.quota},
                      {"region", line.region},
                      {"limit", policy::LimitText(line.limit)},
                      {"source", line.source}};
    if (index < held.size()) item["used"] = std::to_string(held[index]);
    list.push_back(std::move(item));
    ++index;
  }
  json::array profiles;
  for (const policy::QuotaProfile& one : policy::QuotaProfiles())
    profiles.push_back({{"profile", one.name}, {"description", one.description}});
  const policy::QuotaProfile* profile = policy::FindQuotaProfile(settings.profile());
  return json::object{{"project", project},
                      {"profile", profile->name},
                      {"description", profile->description},
                      {"quotas", std::move(list)},
                      {"profiles", std::move(profiles)}};
}

Status Set(quotas::Allowance& allowance, const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckProject(request.path_values[0]));
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ReadBody(request, {"limit", "region"}));
  MLENGINE_ASSIGN_OR_RETURN(const std::string limit, BodyText(body, "limit"));
  MLENGINE_ASSIGN_OR_RETURN(const std::string region, BodyText(body, "region"));
  return allowance.file().Change(request.path_values[0], [&](quotas::ProjectQuotas& settings) {
    return policy::SetQuota(settings, request.path_values[1], region, limit);
  });
}

Status SetProfile(quotas::Allowance& allowance, const net::Request& request) {
  MLENGINE_RETURN_IF_ERROR(CheckProject(request.path_values[0]));
  MLENGINE_ASSIGN_OR_RETURN(const json::object body, ReadBody(request, {"profile"}));
  MLENGINE_ASSIGN_OR_RETURN(const std::string profile, BodyText(body, "profile"));
  return allowance.file().Change(request.path_values[0], [&](quotas::ProjectQuotas& settings) {
    return policy::SetQuotaProfile(settings, profile);
  });
}

}  // namespace

void RegisterQuotas(net::Router& router, store::JobStore& store, quotas::Allowance& allowance,
                    const Clock& clock) {
  RegisterBudgets(router, store, allowance, clock);
  const auto show = [&store, &allowance](const std::string& project, const std::string& region) {
    const Result<json::object> shown = Shown(store, allowance, project, region);
    return shown.ok() ? JsonAnswer(json::serialize(*shown)) : ErrorAnswer(shown.status());
  };
  router.Handle("GET", kQuotas, [show](net::Request& request) {
    const Status project = CheckProject(request.path_values[0]);
    if (!project.ok()) return ErrorAnswer(project);
    return show(request.path_values[0],
                std::string(request.Query("region").value_or("us-central1")));
  });
  router.Handle("PUT", std::string(kQuotas) + "/{quota}", [&allowance](net::Request& request) {
    const Status set = Set(allowance, request);
    return set.ok() ? JsonAnswer("{}") : ErrorAnswer(set);
  });
  router.Handle("POST", std::string(kQuotas) + ":profile", [&allowance](net::Request& request) {
    const Status set = SetProfile(allowance, request);
    return set.ok() ? JsonAnswer("{}") : ErrorAnswer(set);
  });
}

}  // namespace mlengine::engine_api
