#include "insight/event_folders.h"

#include <algorithm>
#include <array>

#include "insight/flag_name.h"

namespace mlengine::insight {
namespace {

constexpr std::size_t kMostFolders = 16;
constexpr std::array<std::string_view, 21> kNames = {
    "logdir",      "log_dir",       "log_folder",          "logs_dir",        "logging_dir",
    "summary_dir", "summaries_dir", "tensorboard_dir",     "tensorboard_log", "tensorboard_logdir",
    "tb_dir",      "tb_log_dir",    "tensorboard_log_dir", "event_dir",       "events_dir",
    "train_dir",   "train_logdir",  "model_dir",           "output_dir",      "results_dir",
    "run_dir"};

// `text` as a folder; "" when it is none that can be told from here.
std::string FolderOf(std::string_view text) {
  const bool is_folder = text.starts_with('/') || (text.starts_with("gs://") && text.size() > 5);
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  // A whole disk is not searched for event files.
  return is_folder && text != "/" ? std::string(text) : "";
}

}  // namespace

std::vector<std::string> EventFolders(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < arguments.size() && out.size() < kMostFolders; ++at) {
    std::string_view flag = arguments[at];
    std::string_view value = at + 1 < arguments.size() ? arguments[at + 1] : std::string_view();
    if (const std::size_t equals = flag.find('='); equals != std::string_view::npos) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    }
    if (std::ranges::find(kNames, FlagName(flag)) == kNames.end()) continue;
    std::string folder = FolderOf(value);
    if (!folder.empty() && std::ranges::find(out, folder) == out.end())
      out.push_back(std::move(folder));
  }
  return out;
}

bool IsWithin(std::string_view path, std::string_view folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace mlengine::insight
