#include "model_server/options.h"

#include "base/number_text.h"

namespace mlengine::model_server {
namespace {

constexpr int kMostThreads = 256;

Status ParseThreads(const std::string& name, const std::string& text, int& threads) {
  threads = ToNumber<int>(text).value_or(-1);
  if (threads >= 0 && threads <= kMostThreads) return OkStatus();
  return InvalidArgumentError(name + " takes a number from 0 to " + std::to_string(kMostThreads) +
                              ", not \"" + text + "\"");
}

Status Set(const std::string& name, const std::string& value, ServerOptions& options) {
  if (name == "--library") return options.library = value, OkStatus();
  if (name == "--model-dir") return options.model_dir = value, OkStatus();
  if (name == "--run-threads") return ParseThreads(name, value, options.run_threads);
  if (name == "--intra-threads") return ParseThreads(name, value, options.intra_threads);
  if (name == "--inter-threads") return ParseThreads(name, value, options.inter_threads);
  return InvalidArgumentError("there is no option " + name);
}

}  // namespace

Result<ServerOptions> ParseServerOptions(const std::vector<std::string>& words) {
  ServerOptions options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) return InvalidArgumentError(words[i] + " takes a value");
    MLENGINE_RETURN_IF_ERROR(Set(words[i], words[i + 1], options));
  }
  if (options.library.empty() || options.model_dir.empty())
    return InvalidArgumentError("--library and --model-dir are needed");
  if (options.run_threads == 0) options.run_threads = 1;
  return options;
}

std::vector<std::string> ToWords(const ServerOptions& options) {
  return {"--library",       options.library,
          "--model-dir",     options.model_dir,
          "--run-threads",   std::to_string(options.run_threads),
          "--intra-threads", std::to_string(options.intra_threads),
          "--inter-threads", std::to_string(options.inter_threads)};
}

}  // namespace mlengine::model_server
