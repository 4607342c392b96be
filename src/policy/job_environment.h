// What a replica's program finds in its environment: TF_CONFIG, the names of the job, and where
// Google's clients find this server. Pure.
#pragma once

#include <map>
#include <string>

#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::policy {

// What the environment depends on beside the job itself.
struct JobPlace {
  std::string endpoint;     // of this server: "http://127.0.0.1:8650"
  std::string framework;    // of the runtime that runs the job: "TensorFlow 2.19.1"; "" for none
  std::string interpreter;  // its Python; the folder comes first on PATH
  // The server's own environment; only names of the list in the source file pass.
  std::map<std::string, std::string> server_environment;
};

// "master" or "chief": what TF_CONFIG calls the first replica. By the requested runtime version
// (up to 1.15: master), without one by the framework that runs; useChiefInTfConfig wins.
std::string PrimaryTaskType(const ml::v1::TrainingInput& input, const std::string& framework);

// TF_CONFIG of one replica of the record's last attempt, with the ports that the attempt leased;
// evaluators are not in its cluster. A job of one replica has the address 127.0.0.1:2222, as in the
// original.
std::string ServiceTfConfig(const engine::v1::JobRecord& record,
                            const engine::v1::ReplicaRecord& replica, const std::string& framework);

// The whole environment but for what only the runner knows (TMPDIR, HOME, PYTHONPATH).
std::map<std::string, std::string> JobEnvironment(const engine::v1::JobRecord& record,
                                                  const engine::v1::ReplicaRecord& replica,
                                                  const JobPlace& place);

}  // namespace mlengine::policy
