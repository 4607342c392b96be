// On which folders `mlengine tensorboard` starts TensorBoard, and how it is told. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <vector>

namespace mlengine::cli {

struct LogFolder {
  std::string name;    // what its runs are shown under
  std::string folder;  // gs://… or absolute
  friend bool operator==(const LogFolder&, const LogFolder&) = default;
};

// Of the job's folders as the server lists them (metrics:folders): where they lie
// on this machine and `is_here`; else a bucket as gs:// where the program `reads_buckets`.
std::vector<LogFolder> ChooseFolders(const std::string& job, const boost::json::array& folders,
                                     bool reads_buckets,
                                     const std::function<bool(const std::string&)>& is_here);

// "--logdir=FOLDER", or for several "--logdir_spec=NAME:FOLDER,…". Not empty.
std::string LogdirFlag(const std::vector<LogFolder>& folders);

}  // namespace mlengine::cli
