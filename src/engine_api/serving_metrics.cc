#include "engine_api/serving_metrics.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace mlengine::engine_api {
namespace {

using serving::VersionFigures;
using View = serving::ModelServers::VersionView;

// Every bound is a line for each version, so those with a first digit of 1, 2 and 5 do.
bool IsShown(std::size_t bound) {
  const std::size_t digit = bound % 10;
  return digit == 0 || digit == 3 || digit == 7;
}

// Figures begin anew when a version's entry does.
template <typename T>
double Grown(T now, T before) {
  return static_cast<double>(now >= before ? now - before : now);
}

class ServingMetrics {
 public:
  void Show(telemetry::Metrics& metrics, const std::vector<View>& views) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, View> now;
    for (const View& view : views) {
      Count(metrics, LabelsOf(view), view.figures, before_[view.folder].figures);
      ShowGauges(metrics, view);
      before_.erase(view.folder);
      now[view.folder] = view;
    }
    for (auto& [folder, gone] : before_) {
      gone.processes.clear();
      gone.requests = 0;
      gone.waiting = 0;
      ShowGauges(metrics, gone);
    }
    before_ = std::move(now);
  }

 private:
  static telemetry::Labels LabelsOf(const View& view) {
    return {{"project", view.project}, {"model", view.model}, {"version", view.version}};
  }

  static void Count(telemetry::Metrics& metrics, const telemetry::Labels& labels,
                    const VersionFigures& now, const VersionFigures& before) {
    for (std::size_t i = 0; i < serving::kOutcomes; ++i) {
      telemetry::Labels outcome = labels;
      outcome["outcome"] = serving::OutcomeName(static_cast<serving::Outcome>(i));
      metrics.Add("mlengine_predictions_total", "Requests of versions, by what became of them.",
                  outcome, Grown(now.outcomes[i], before.outcomes[i]));
    }
    metrics.Add("mlengine_prediction_instances_total", "Instances that versions answered.", labels,
                Grown(now.instances, before.instances));
    metrics.Add("mlengine_prediction_shared_total", "Requests that shared a run of the model.",
                labels, Grown(now.joined, before.joined));
    metrics.Add("mlengine_model_server_starts_total", "Model servers that were started.", labels,
                Grown(now.starts, before.starts));
    metrics.Add("mlengine_model_server_deaths_total",
                "Model servers that ended without being asked to.", labels,
                Grown(now.deaths, before.deaths));
    AddLatency(metrics, labels, now, before);
    AddBatches(metrics, labels, now, before);
  }

  static void AddLatency(telemetry::Metrics& metrics, const telemetry::Labels& labels,
                         const VersionFigures& now, const VersionFigures& before) {
    std::vector<double> bounds;
    std::vector<double> counts(1, 0);
    for (std::size_t i = 0; i < now.latency.counts.size(); ++i) {
      counts.back() += Grown(now.latency.counts[i], before.latency.counts[i]);
      if (i >= serving::kLatencyBounds.size() || !IsShown(i)) continue;
      bounds.push_back(serving::kLatencyBounds[i]);
      counts.push_back(0);
    }
    metrics.AddToHistogram("mlengine_prediction_seconds",
                           "From the request's body to its answer, of those that were answered.",
                           labels, bounds, counts, Grown(now.latency.sum, before.latency.sum));
  }

  static void AddBatches(telemetry::Metrics& metrics, const telemetry::Labels& labels,
                         const VersionFigures& now, const VersionFigures& before) {
    std::vector<double> counts;
    for (std::size_t i = 0; i < now.batches.counts.size(); ++i)
      counts.push_back(Grown(now.batches.counts[i], before.batches.counts[i]));
    metrics.AddToHistogram("mlengine_prediction_run_instances", "Instances of a run of the model.",
                           labels, {serving::kBatchBounds.begin(), serving::kBatchBounds.end()},
                           counts, Grown(now.batches.sum, before.batches.sum));
  }

  static void ShowGauges(telemetry::Metrics& metrics, const View& view) {
    const telemetry::Labels labels = LabelsOf(view);
    metrics.Set("mlengine_model_servers", "Processes of the version.", labels,
                static_cast<double>(view.processes.size()));
    metrics.Set("mlengine_predictions_under_way", "Requests that have no answer yet.", labels,
                view.requests);
    metrics.Set("mlengine_predictions_waiting", "Requests that wait for a run of the model.",
                labels, static_cast<double>(view.waiting));
  }

  std::mutex mutex_;
  std::map<std::string, View> before_;  // by folder; guarded by mutex_
};

}  // namespace

void ShowServing(telemetry::Metrics& metrics, std::function<std::vector<View>()> versions) {
  const auto shown = std::make_shared<ServingMetrics>();
  metrics.OnRender([shown, versions = std::move(versions)](telemetry::Metrics& into) {
    shown->Show(into, versions());
  });
}

}  // namespace mlengine::engine_api
