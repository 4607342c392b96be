#include "engine_api/metric_folders.h"

#include <algorithm>

#include "insight/event_folders.h"
#include "model/replica_folder.h"

namespace mlengine::engine_api {

using metrics::EventFolder;

namespace {

constexpr std::size_t kMostReplicas = 64;   // whose folders are searched
constexpr std::size_t kMostSampled = 1000;  // whose samples are read
constexpr int kMostFiles = 16;              // of samples, of one replica

std::string FolderOf(const store::JobRecord& record, const std::string& jobs_dir,
                     const engine::v1::AttemptRecord& attempt,
                     const engine::v1::ReplicaRecord& replica) {
  return model::ReplicaFolder(jobs_dir, record.project(), record.job().job_id(), attempt.number(),
                              replica.role(), replica.index());
}

std::string TaskOf(const engine::v1::ReplicaRecord& replica) {
  return replica.role() + "-replica-" + std::to_string(replica.index());
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
  if (record.attempts().empty()) return out;
  const auto& attempt = *record.attempts().rbegin();
  std::size_t replicas = 0;
  for (const auto& replica : attempt.replicas()) {
    if (++replicas > kMostReplicas) break;
    out.push_back({TaskOf(replica), FolderOf(record, jobs_dir, attempt, replica) + "/" +
                                        std::string(model::kWorkFolder)});
  }
  return out;
}

std::vector<metrics::SampleSource> SampleSources(const store::JobRecord& record,
                                                 const std::string& jobs_dir) {
  std::vector<metrics::SampleSource> out;
  if (record.attempts().empty()) return out;
  for (const auto& newest : record.attempts().rbegin()->replicas()) {
    if (out.size() >= kMostSampled) break;
    metrics::SampleSource source{"resources/" + TaskOf(newest), {}};
    for (const auto& attempt : record.attempts()) {
      for (const auto& replica : attempt.replicas()) {
        if (replica.role() != newest.role() || replica.index() != newest.index()) continue;
        const std::string folder = FolderOf(record, jobs_dir, attempt, replica);
        for (int restart = std::max(0, replica.restart() - kMostFiles);
             restart <= replica.restart(); ++restart) {
          source.paths.push_back(folder + "/" + model::SamplesFile(restart));
        }
      }
    }
    if (source.paths.size() > kMostFiles)
      source.paths.erase(source.paths.begin(), source.paths.end() - kMostFiles);
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace mlengine::engine_api
