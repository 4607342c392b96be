#include "engine_api/metric_folders.h"

#include <algorithm>

#include "insight/event_folders.h"
#include "model/replica_folder.h"

namespace mlengine::engine_api {

using metrics::EventFolder;

namespace {

constexpr std::size_t kMostReplicas = 64;
constexpr int kMostRestarts = 16;

struct Replica {
  std::string task;
  std::string folder;
  int restart = 0;
};

// Of the newest attempt.
std::vector<Replica> NewestReplicas(const store::JobRecord& record, const std::string& jobs_dir) {
  std::vector<Replica> out;
  if (record.attempts().empty()) return out;
  const auto& attempt = *record.attempts().rbegin();
  for (const auto& replica : attempt.replicas()) {
    if (out.size() >= kMostReplicas) break;
    out.push_back({replica.role() + "-replica-" + std::to_string(replica.index()),
                   model::ReplicaFolder(jobs_dir, record.project(), record.job().job_id(),
                                        attempt.number(), replica.role(), replica.index()),
                   replica.restart()});
  }
  return out;
}

std::string LastPart(const std::string& folder) {
  return folder.substr(folder.rfind('/') + 1);
}

void AddArgumentFolders(const ml::v1::TrainingInput& input, std::vector<EventFolder>& out) {
  const std::vector<std::string> named =
      insight::EventFolders({input.args().begin(), input.args().end()});
  for (const std::string& folder : named) {
    if (!input.job_dir().empty() && insight::IsWithin(folder, input.job_dir())) continue;
    const std::string name = LastPart(folder);
    const auto same = std::ranges::count(named, name, LastPart);
    out.push_back({same > 1 ? folder : name, folder});
  }
}

}  // namespace

std::vector<EventFolder> MetricFolders(const store::JobRecord& record,
                                       const std::string& jobs_dir) {
  const ml::v1::TrainingInput& input = record.job().training_input();
  std::vector<EventFolder> out;
  if (!input.job_dir().empty()) out.push_back({"", input.job_dir()});
  AddArgumentFolders(input, out);
  for (const Replica& replica : NewestReplicas(record, jobs_dir))
    out.push_back({replica.task, replica.folder + "/" + std::string(model::kWorkFolder)});
  return out;
}

std::vector<metrics::SampleSource> SampleSources(const store::JobRecord& record,
                                                 const std::string& jobs_dir) {
  std::vector<metrics::SampleSource> out;
  for (const Replica& replica : NewestReplicas(record, jobs_dir)) {
    metrics::SampleSource source{"resources/" + replica.task, {}};
    for (int restart = std::max(0, replica.restart - kMostRestarts + 1); restart <= replica.restart;
         ++restart) {
      source.paths.push_back(replica.folder + "/" + model::SamplesFile(restart));
    }
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace mlengine::engine_api
