#include "engine_api/drill_handler.h"

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "base/number_text.h"
#include "engine_api/answer.h"
#include "engine_api/drill_forecast.h"
#include "engine_api/drill_report.h"
#include "engine_api/request_body.h"
#include "policy/drill.h"

namespace mlengine::engine_api {
namespace json = boost::json;

using engine::v1::DrillRecord;
using engine::v1::JobRecord;

namespace {

constexpr char kDrills[] = "/mlengine/v1/projects/{project}/jobs/{job}/drills";
constexpr std::size_t kKeyBytes = 255;

store::JobKey KeyOf(const net::Request& request) {
  return {request.path_values[0], request.path_values[1]};
}

struct Wish {
  std::string action;
  std::string replica;
  std::string key;
  bool validate_only = false;
};

Result<Wish> ReadWish(const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const json::object body,
                            ReadBody(request, {"action", "replica", "validateOnly"}));
  Wish wish;
  MLENGINE_ASSIGN_OR_RETURN(wish.action, BodyText(body, "action"));
  MLENGINE_ASSIGN_OR_RETURN(wish.replica, BodyText(body, "replica"));
  if (const json::value* only = body.if_contains("validateOnly")) {
    if (!only->is_bool()) return InvalidArgumentError("validateOnly must be true or false");
    wish.validate_only = only->get_bool();
  }
  wish.key = request.headers.Get("Idempotency-Key").value_or("");
  if (wish.key.size() > kKeyBytes)
    return InvalidArgumentError("the header Idempotency-Key must have at most 255 bytes");
  return wish;
}

bool SameWish(const DrillRecord& a, const DrillRecord& b) {
  return a.kind() == b.kind() && a.role() == b.role() && a.index() == b.index();
}

const DrillRecord* WithKey(const JobRecord& record, const std::string& key) {
  for (const DrillRecord& drill : record.drills()) {
    if (!key.empty() && drill.idempotency_key() == key) return &drill;
  }
  return nullptr;
}

Result<json::object> ReportOf(const DrillDeps& deps, const JobRecord& record,
                              const DrillRecord& drill) {
  return DrillReport(record, drill, *deps.logs, *deps.prices, deps.clock->Now());
}

Result<json::object> Forecast(const DrillDeps& deps, const store::JobKey& key, const Wish& wish) {
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, deps.store->Get(key));
  DrillRecord drill;
  MLENGINE_RETURN_IF_ERROR(policy::FillDrill(job.record, wish.action, wish.replica, drill));
  MLENGINE_RETURN_IF_ERROR(policy::CheckDrill(job.record, drill));
  if (drill.kind() == DrillRecord::RESTART_SERVER && deps.can_restart)
    MLENGINE_RETURN_IF_ERROR(deps.can_restart());
  return DrillForecast(job.record, drill, *deps.logs, *deps.prices, deps.stop_grace_seconds,
                       deps.clock->Now());
}

// Checked and stored in one step, so that of two that come together one is told of the other.
Result<json::object> Begin(const DrillDeps& deps, const store::JobKey& key, const Wish& wish) {
  int number = 0;
  const auto change = [&](JobRecord& record) -> Status {
    DrillRecord drill;
    MLENGINE_RETURN_IF_ERROR(policy::FillDrill(record, wish.action, wish.replica, drill));
    if (const DrillRecord* first = WithKey(record, wish.key)) {
      number = first->number();
      return SameWish(*first, drill) ? OkStatus()
                                     : InvalidArgumentError(
                                           "this Idempotency-Key was used for another drill of "
                                           "the job");
    }
    MLENGINE_RETURN_IF_ERROR(policy::CheckDrill(record, drill));
    if (drill.kind() == DrillRecord::RESTART_SERVER && deps.can_restart)
      MLENGINE_RETURN_IF_ERROR(deps.can_restart());
    number = record.drills_size() + 1;
    drill.set_number(number);
    drill.set_idempotency_key(wish.key);
    const long long now = ToUnixNanos(deps.clock->Now());
    drill.mutable_request_time()->set_seconds(now / 1'000'000'000);
    drill.mutable_request_time()->set_nanos(static_cast<int>(now % 1'000'000'000));
    *record.add_drills() = std::move(drill);
    return OkStatus();
  };
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, deps.store->Update(key, change));
  return ReportOf(deps, job.record, job.record.drills(number - 1));
}

Result<json::object> Create(const DrillDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const Wish wish, ReadWish(request));
  return wish.validate_only ? Forecast(deps, KeyOf(request), wish)
                            : Begin(deps, KeyOf(request), wish);
}

Result<json::object> GetOne(const DrillDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, deps.store->Get(KeyOf(request)));
  const std::string& text = request.path_values[2];
  const int number = ToNumber<int>(text).value_or(0);
  if (number < 1 || number > job.record.drills_size()) {
    return NotFoundError("Job [" + job.record.job().job_id() + "] has no drill " +
                         text.substr(0, 32) + "; it had " +
                         std::to_string(job.record.drills_size()) + ".");
  }
  return ReportOf(deps, job.record, job.record.drills(number - 1));
}

Result<json::object> List(const DrillDeps& deps, const net::Request& request) {
  MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, deps.store->Get(KeyOf(request)));
  json::array drills;
  for (const DrillRecord& drill : job.record.drills()) {
    MLENGINE_ASSIGN_OR_RETURN(json::object report, ReportOf(deps, job.record, drill));
    drills.push_back(std::move(report));
  }
  return json::object{{"drills", std::move(drills)}};
}

using Call = Result<json::object> (*)(const DrillDeps&, const net::Request&);

void Add(net::Router& router, const char* method, const std::string& path, const DrillDeps& deps,
         Call call) {
  router.Handle(method, path, [deps, call](net::Request& request) {
    const Result<json::object> answer = call(deps, request);
    return answer.ok() ? JsonAnswer(json::serialize(*answer)) : ErrorAnswer(answer.status());
  });
}

}  // namespace

void RegisterDrills(net::Router& router, const DrillDeps& deps) {
  Add(router, "POST", kDrills, deps, Create);
  Add(router, "GET", kDrills, deps, List);
  Add(router, "GET", std::string(kDrills) + "/{number}", deps, GetOne);
}

}  // namespace mlengine::engine_api
