#include "engine_api/job_table_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "engine_api/answer.h"
#include "engine_api/job_table_filter.h"
#include "engine_api/job_table_query.h"
#include "engine_api/progress_handler.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLongestCatchUp{200};
// For the first reading of all jobs; then the answer has what is there.
constexpr std::chrono::seconds kLongestLoading{60};

void AddTime(json::object& out, std::string_view name, std::int64_t nanos) {
  if (nanos == JobRow::kNever) return;
  const Time time = FromUnixNanos(nanos);
  out[name] = nanos % 1'000'000'000 == 0 ? FormatTimeSeconds(time) : FormatTimeNanos(time);
}

json::object LabelsJson(std::string_view lines) {
  json::object labels;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    const std::size_t cut = line.find('=');
    labels[line.substr(0, cut)] = line.substr(cut + 1);
    lines.remove_prefix(line.size() + 1);
  }
  return labels;
}

json::object RowJson(const JobRow& row, Time now) {
  const JobShape& shape = *row.shape;
  json::object out{{"jobId", row.id()},
                   {"state", ml::v1::Job::State_Name(row.state)},
                   {"group", GroupName(GroupOf(row.state))},
                   {"type", shape.type}};
  AddTime(out, "createTime", row.create_ns);
  AddTime(out, "startTime", row.start_ns);
  AddTime(out, "endTime", row.end_ns);
  out["scaleTier"] = shape.tier;
  if (!shape.region.empty()) out["region"] = shape.region;
  if (!shape.module.empty()) out["module"] = shape.module;
  out["replicas"] = shape.replicas;
  if (!row.labels().empty()) out["labels"] = LabelsJson(row.labels());
  if (shape.list != nullptr) {
    const policy::Consumption used = row.Used(now);
    out["units"] = used.units;
    out["money"] = used.money;
    out["perHour"] = shape.per_hour;
    out["currency"] = shape.list->currency;
  }
  if (!row.error().empty()) out["error"] = row.error();
  return out;
}

// Of a running job; the few fields that a table shows.
json::object ShortProgress(const JobTableDeps& deps, const store::JobRecord& record) {
  json::object all = ProgressJson(record, deps.progress(record), *deps.prices, deps.clock->Now());
  json::object out;
  for (const char* name : {"percent", "secondsLeft", "short", "text"}) {
    if (const json::value* value = all.if_contains(name)) out[name] = *value;
  }
  return out;
}

void AddProgress(const JobTableDeps& deps, const std::string& project, json::array& jobs) {
  for (json::value& job : jobs) {
    json::object& row = job.as_object();
    if (row["state"].as_string() != "RUNNING") continue;
    const auto stored = deps.store->Get({project, std::string(row["jobId"].as_string())});
    if (stored.ok() && stored->record.job().state() == ml::v1::Job::RUNNING)
      row["progress"] = ShortProgress(deps, stored->record);
  }
}

// What all questions share.
struct Desk {
  explicit Desk(const JobTableDeps& of) : deps(of), memo(*of.table, *of.store) {}
  JobTableDeps deps;
  FilterMemo memo;
};

Result<std::string> Answer(Desk& desk, const TableQuery& query) {
  const JobTable& table = *desk.deps.table;
  table.CatchUp(kLongestCatchUp);
  RowFilter filter(query.filter, query.words);
  if (!filter.stored_terms().empty()) {
    MLENGINE_ASSIGN_OR_RETURN(
        JobSet jobs, desk.memo.Passing(query.project, query.filter_text, filter.stored_terms()));
    filter.SetStored(std::move(jobs));
  }
  // Asked first: what comes in meanwhile is then told once more, and not left out.
  json::object out{{"revision", table.Revision(query.project)}};
  const Time now = desk.deps.clock->Now();
  json::array jobs;
  table.Read(query.project, [&](const JobTable::View& view) {
    const Selection selection = Select(view, query, filter, now);
    out["total"] = selection.total;
    out["offset"] = query.offset;
    json::object counts;
    for (std::size_t i = 0; i < kJobGroups; ++i)
      counts[GroupName(static_cast<JobGroup>(i))] = selection.counts[i];
    out["counts"] = std::move(counts);
    for (const JobRow* row : selection.window) jobs.push_back(RowJson(*row, now));
  });
  AddProgress(desk.deps, query.project, jobs);
  out["jobs"] = std::move(jobs);
  if (!table.Loaded()) out["loading"] = true;
  return json::serialize(out) + "\n";
}

// The answer, once there is another revision than the caller's and the table is loaded, or when the
// time is over.
class TableBody final : public net::BodyStream {
 public:
  TableBody(std::shared_ptr<Desk> desk, TableQuery query)
      : desk_(std::move(desk)), query_(std::move(query)) {}
  ~TableBody() override {
    if (watch_) desk_->deps.table->Unwatch(*watch_);
  }
  void SetWaker(std::function<void()> waker) override {
    watch_ = desk_->deps.table->Watch(query_.project, std::move(waker));
  }

  Pull Next(std::string& out) override {
    if (done_) return Pull::kEnd;
    const JobTable& table = *desk_->deps.table;
    const bool news = table.Loaded() && table.Revision(query_.project) != query_.revision;
    if (!news && steady_clock::now() < Until()) return Pull::kWait;
    done_ = true;
    Result<std::string> answer = Answer(*desk_, query_);
    if (!answer.ok()) {
      Log(LogLevel::kError, "cannot answer with a table of jobs",
          {{"project", query_.project}, {"error", answer.status().ToString()}});
      return Pull::kFail;
    }
    out = *std::move(answer);
    return Pull::kData;
  }
  std::optional<milliseconds> WaitLimit() override {
    const auto left = std::chrono::ceil<milliseconds>(Until() - steady_clock::now());
    return std::max(milliseconds(0), left);
  }
  std::string LastWords() override {
    return done_ ? std::string() : Answer(*desk_, query_).value_or("");
  }

 private:
  steady_clock::time_point Until() const {
    const bool loaded = desk_->deps.table->Loaded();
    return begin_ + (loaded ? std::chrono::seconds(query_.wait) : kLongestLoading);
  }

  const std::shared_ptr<Desk> desk_;
  const TableQuery query_;
  const steady_clock::time_point begin_ = steady_clock::now();
  std::optional<std::int64_t> watch_;
  bool done_ = false;
};

net::Response Table(const std::shared_ptr<Desk>& desk, const net::Request& request) {
  Result<TableQuery> query = ParseTableQuery(request);
  if (!query.ok()) return ErrorAnswer(query.status());
  const JobTable& table = *desk->deps.table;
  // A change of just before is news.
  table.CatchUp(kLongestCatchUp);
  const bool waits = query->wait > 0 && table.Revision(query->project) == query->revision;
  net::Response response;
  if (waits || !table.Loaded()) {
    response = JsonAnswer("");
    response.stream = std::make_unique<TableBody>(desk, *std::move(query));
  } else {
    Result<std::string> answer = Answer(*desk, *query);
    response = answer.ok() ? JsonAnswer(*std::move(answer)) : ErrorAnswer(answer.status());
  }
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

net::Response Projects(const JobTable& table) {
  table.CatchUp(kLongestCatchUp);
  std::vector<JobTable::ProjectCount> projects = table.Projects();
  if (std::ranges::none_of(projects, [](const auto& one) { return one.project == "default"; }))
    projects.push_back({.project = "default"});
  std::ranges::sort(projects, {}, &JobTable::ProjectCount::project);
  json::array list;
  for (const JobTable::ProjectCount& one : projects) {
    list.push_back({{"project", one.project}, {"jobs", one.jobs}, {"unfinished", one.unfinished}});
  }
  return JsonAnswer(json::serialize(json::object{{"projects", std::move(list)}}));
}

}  // namespace

void RegisterJobTable(net::Router& router, const JobTableDeps& deps) {
  const auto desk = std::make_shared<Desk>(deps);
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs:table",
                [desk](net::Request& request) { return Table(desk, request); });
  router.Handle("GET", "/mlengine/v1/projects",
                [table = deps.table](net::Request&) { return Projects(*table); });
}

}  // namespace mlengine::engine_api
