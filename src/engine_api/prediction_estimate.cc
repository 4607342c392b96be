#include "engine_api/prediction_estimate.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "engine_api/job_price.h"
#include "policy/cluster.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using engine::v1::BatchPrediction;
using ml::v1::Job;

constexpr double kKilobyte = 1000;
constexpr std::size_t kMostMeasured = 5;
constexpr int kPage = 500;
constexpr int kMostPages = 10;
// Of what is estimated, for a figure to be more than a hint.
constexpr double kEnough = 0.1;

struct PastPrediction {
  std::string job;
  double kilobytes = 0;
  double seconds = 0;
  int workers = 1;
  double speed() const { return kilobytes / (seconds * workers); }  // of one worker
};

double Rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

bool SameModel(const store::JobRecord& one, const store::JobRecord& other) {
  const BatchPrediction& left = one.batch_prediction();
  const BatchPrediction& right = other.batch_prediction();
  if (left.version_folder() != right.version_folder() || left.model() != right.model())
    return false;
  return !left.version_folder().empty() ||
         one.job().prediction_input().uri() == other.job().prediction_input().uri();
}

Result<std::vector<PastPrediction>> Measured(const EstimateDeps& deps,
                                             const store::JobRecord& record) {
  std::vector<PastPrediction> past;
  store::ListJobsQuery query{.project = record.project(), .page_size = kPage};
  query.filter = [&record](const store::JobRecord& one) {
    return one.job().state() == Job::SUCCEEDED && one.has_batch_prediction() &&
           SameModel(one, record);
  };
  for (int pages = 0; pages < kMostPages && past.size() < kMostMeasured; ++pages) {
    MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page, deps.store->List(query));
    for (const store::StoredJob& stored : page.jobs) {
      const Job& job = stored.record.job();
      const BatchPrediction& batch = stored.record.batch_prediction();
      // The wire has whole seconds.
      const auto seconds = std::max<std::int64_t>(
          job.end_time().seconds() - job.start_time().seconds(), std::int64_t{1});
      if (!job.has_start_time() || batch.input_bytes() <= 0 || past.size() == kMostMeasured)
        continue;
      past.push_back({job.job_id(), static_cast<double>(batch.input_bytes()) / kKilobyte,
                      static_cast<double>(seconds), policy::ReplicaCount(batch.shape())});
    }
    query.page_token = page.next_page_token;
    if (query.page_token.empty()) break;
  }
  return past;
}

json::array MeasuredJson(const std::vector<PastPrediction>& past) {
  json::array list;
  for (const PastPrediction& one : past) {
    list.push_back({{"tier", "CUSTOM"},
                    {"where", "in job " + one.job},
                    {"unit", "KB"},
                    {"steps", Rounded(one.kilobytes, 1)},
                    {"seconds", one.seconds},
                    {"workers", one.workers},
                    {"stepsPerSecond", Rounded(one.kilobytes / one.seconds, 1e4)},
                    {"spread", 0.0}});
  }
  return list;
}

// Fills in time and money, and says how that was reckoned.
void Reckon(const std::vector<PastPrediction>& past, double kilobytes, int workers,
            const JobPrice& price, json::object& row, json::object& out) {
  double read = 0;
  double work = 0;  // seconds of one worker
  double slowest = past.front().speed();
  double fastest = slowest;
  for (const PastPrediction& one : past) {
    read += one.kilobytes;
    work += one.seconds * one.workers;
    slowest = std::min(slowest, one.speed());
    fastest = std::max(fastest, one.speed());
  }
  const double seconds = kilobytes * work / read / workers;
  row["source"] = "measured";
  row["seconds"] = Rounded(seconds, 1e1);
  row["confidence"] = read >= kEnough * kilobytes && fastest <= 2 * slowest ? "medium" : "low";
  if (price.unknown.empty())
    row["money"] = Rounded(price.rate.price_per_hour * seconds / 3600, 1e4);
  out["assumptions"] = json::array{
      "Each of the " + std::to_string(workers) + (workers == 1 ? " worker" : " workers") +
          " gets through " + std::to_string(std::llround(read / work)) +
          " KB of input a second, start included, as in the jobs that were measured.",
      "All workers run until the last one is done."};
}

}  // namespace

Result<json::object> EstimatePrediction(const EstimateDeps& deps, const store::JobRecord& record) {
  const BatchPrediction& batch = record.batch_prediction();
  const double kilobytes = static_cast<double>(batch.input_bytes()) / kKilobyte;
  const int workers = policy::ReplicaCount(batch.shape());
  const JobPrice price = PriceOf(*deps.plans.prices, record, Time());
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<PastPrediction> past, Measured(deps, record));
  json::object row{{"tier", std::to_string(workers) + (workers == 1 ? " worker" : " workers")},
                   {"source", "no job of this model has succeeded yet"},
                   {"replicas", workers}};
  json::array unknown{"How long the job waits for its place, and for its model's environment."};
  json::object out{
      {"kind", "prediction"},
      {"steps",
       {{"count", std::llround(kilobytes)},
        {"unit", "KB"},
        {"source", std::to_string(batch.input_files()) +
                       (batch.input_files() == 1 ? " file" : " files") + " of input"}}},
      {"region", price.region},
      {"priceList", price.list},
      {"measured", MeasuredJson(past)},
      {"assumptions", json::array()}};
  if (price.unknown.empty()) {
    out["currency"] = price.currency;
    row["perHour"] = price.rate.price_per_hour;
    row["perHourText"] = price.rate_text;
  } else {
    unknown.emplace_back("What it costs: " + price.unknown);
  }
  if (past.empty()) {
    unknown.emplace_back(
        "How long it runs: no batch prediction of this model has succeeded yet, so only its rate "
        "is known.");
  } else {
    Reckon(past, kilobytes, workers, price, row, out);
  }
  out["tiers"] = json::array{std::move(row)};
  out["notKnown"] = std::move(unknown);
  return out;
}

}  // namespace mlengine::engine_api
