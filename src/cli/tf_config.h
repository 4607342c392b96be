// TF_CONFIG as `local train` sets it: gcloud's shape, to the byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::cli {

struct LocalCluster {
  std::string primary = "chief";  // "master" with TensorFlow 1
  int start_port = 27182;         // the primary's; parameter servers and workers follow
  int parameter_servers = 0;
  int workers = 0;
};

// `cluster` null: not distributed, task and cluster are empty objects.
std::string LocalTfConfig(const std::string& module, const std::vector<std::string>& args,
                          const LocalCluster* cluster, std::string_view task_type, int index);

}  // namespace mlengine::cli
