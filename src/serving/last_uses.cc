#include "serving/last_uses.h"

#include <boost/json.hpp>
#include <utility>

#include "wire/codec/strict_json.h"

namespace mlengine::serving {
namespace {

namespace json = boost::json;

constexpr int kFormat = 1;

}  // namespace

LastUses::LastUses(std::string path, FileSystem& files) : path_(std::move(path)), files_(files) {
  const Result<std::string> text = files_.Read(path_);
  if (!text.ok()) return;
  const Result<json::value> parsed = wire::ParseStrictJson(*text);
  const json::object* const file = parsed.ok() ? parsed->if_object() : nullptr;
  const json::value* const format = file == nullptr ? nullptr : file->if_contains("format");
  const json::value* const uses = file == nullptr ? nullptr : file->if_contains("versions");
  if (format == nullptr || *format != kFormat || uses == nullptr || !uses->is_object()) return;
  for (const auto& [folder, nanos] : uses->get_object())
    if (nanos.is_int64()) uses_[folder] = FromUnixNanos(nanos.get_int64());
}

void LastUses::Note(const std::string& folder, Time now) {
  const std::lock_guard lock(mutex_);
  uses_[folder] = now;
  changed_ = true;
}

std::optional<Time> LastUses::Of(const std::string& folder) const {
  const std::lock_guard lock(mutex_);
  const auto found = uses_.find(folder);
  if (found == uses_.end()) return std::nullopt;
  return found->second;
}

Status LastUses::Save(const std::set<std::string>& folders) {
  json::object uses;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(changed_, false)) return OkStatus();
    std::erase_if(uses_, [&](const auto& use) { return !folders.contains(use.first); });
    for (const auto& [folder, time] : uses_) uses[folder] = ToUnixNanos(time);
  }
  MLENGINE_RETURN_IF_ERROR(files_.MakeDirectoriesVisible(ParentPath(path_)));
  return files_.ReplaceVisible(
      path_, json::serialize(json::object{{"format", kFormat}, {"versions", std::move(uses)}}));
}

}  // namespace mlengine::serving
