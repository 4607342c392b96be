#include "metrics/job_metrics.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace mlengine::metrics {
namespace {

using insight::MetricPoint;
using insight::MetricSeries;

// Sentences about single files; what is above is counted.
constexpr std::size_t kFileWarnings = 20;

std::string RunName(const std::string& name, const std::string& below) {
  if (below.empty()) return name.empty() ? "." : name;
  return name.empty() ? below : name + "/" + below;
}

std::string Count(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string DamageText(const std::string& path, const insight::EventFile& file) {
  const insight::EventFileDamage& damage = file.damage();
  std::string out;
  if (damage.places > 0) {
    out = path + " is damaged in " + Count(damage.places, "place") + ", first at byte " +
          std::to_string(damage.first_offset) + ": " + Count(damage.bytes, "byte") +
          " were left out.";
  }
  if (damage.long_records > 0) {
    out += (out.empty() ? "" : " ") + path + " has " + Count(damage.long_records, "record") +
           " of more than " + std::to_string(insight::EventFile::kLongestRecord >> 20) +
           " MiB that may hold scalars and were passed over.";
  }
  if (file.left_out() > 0) {
    out += (out.empty() ? "" : " ") + path + " has " + Count(file.left_out(), "value") +
           " with a tag of more than " + std::to_string(insight::ScalarEvents::kLongestTag) +
           " bytes, which were left out.";
  }
  return out;
}

}  // namespace

bool Matches(std::string_view text, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::ranges::any_of(patterns, [text](std::string_view pattern) {
           if (!pattern.ends_with('*')) return text == pattern;
           return text.starts_with(pattern.substr(0, pattern.size() - 1));
         });
}

Status JobMetrics::Follow(const EventSource& source, const FoundFile& found, Budget& budget) {
  FollowedFile& file = files_[found.path].followed;
  const std::size_t before = file.series().size();
  const std::size_t others = budget.series - before;
  const Status read =
      file.Follow(source, found, limits_.series - std::min(limits_.series, others), budget.bytes);
  budget.series = others + file.series().size();
  // It may be gone since it was found.
  return read.code() == StatusCode::kNotFound ? OkStatus() : read;
}

void JobMetrics::Refresh(const EventSource& source, const std::vector<EventFolder>& folders,
                         std::vector<std::string>& warnings) {
  std::set<std::string> there;
  Budget budget{.bytes = limits_.bytes_a_call, .series = 0};
  for (const auto& [path, file] : files_) budget.series += file.followed.series().size();
  for (const EventFolder& folder : folders) {
    const Result<FoundFiles> found = source.Find(folder.folder);
    if (!found.ok()) {
      warnings.push_back(folder.folder + " cannot be searched: " + found.status().message() + ".");
      continue;
    }
    if (!found->complete) {
      warnings.push_back(folder.folder +
                         " holds more files or deeper folders than are searched; some event files "
                         "may be missing.");
    }
    for (const FoundFile& file : found->files) {
      if (!there.insert(file.path).second) continue;
      const Status read = Follow(source, file, budget);
      files_[file.path].run = RunName(folder.name, file.below);
      if (!read.ok()) warnings.push_back(file.path + " cannot be read: " + read.message() + ".");
    }
  }
  std::erase_if(files_, [&there](const auto& item) { return !there.contains(item.first); });
}

void JobMetrics::AddDamage(std::vector<std::string>& warnings) const {
  std::uint64_t unread = 0;
  std::uint64_t tags = 0;
  std::size_t damaged = 0;
  for (const auto& [path, file] : files_) {
    unread += file.followed.unread();
    tags += file.followed.left_out();
    std::string text = DamageText(path, file.followed.file());
    if (!text.empty() && ++damaged <= kFileWarnings) warnings.push_back(std::move(text));
  }
  if (damaged > kFileWarnings)
    warnings.push_back(Count(damaged - kFileWarnings, "more file") + " have damage.");
  if (tags > 0) {
    warnings.push_back("The job has more than " + std::to_string(limits_.series) + " series; " +
                       Count(tags, "value") + " of the others were left out.");
  }
  if (unread > 0) {
    warnings.push_back("The event files are long: " + Count(unread, "byte") +
                       " are not read yet. Ask again for what they hold.");
  }
}

std::vector<RunSeries> JobMetrics::Select(const MetricQuery& query) const {
  std::map<std::pair<std::string, std::string>, std::vector<const MetricSeries*>> chosen;
  for (const auto& [path, file] : files_) {
    if (!Matches(file.run, query.runs)) continue;
    for (const auto& [tag, series] : file.followed.series()) {
      if (Matches(tag, query.tags)) chosen[{file.run, tag}].push_back(&series);
    }
  }
  const std::size_t share = limits_.points_an_answer / std::max<std::size_t>(chosen.size(), 1);
  const std::size_t most = std::min(query.points, std::max<std::size_t>(share, 2));
  std::vector<RunSeries> out;
  for (const auto& [key, files] : chosen) {
    RunSeries& series = out.emplace_back(RunSeries{key.first, key.second, {}, {}});
    for (const MetricSeries* one : files) series.summary.Add(one->summary());
    std::vector<MetricPoint> points = insight::MergedPoints(files);
    if (query.after_step) {
      std::erase_if(points,
                    [&](const MetricPoint& point) { return point.step <= *query.after_step; });
    }
    series.points = insight::Thinned(std::move(points), most);
  }
  return out;
}

Result<MetricAnswer> JobMetrics::Read(const EventSource& source,
                                      const std::vector<EventFolder>& folders,
                                      const MetricQuery& query) {
  if (query.points < 1) return InvalidArgumentError("points: at least 1");
  const std::lock_guard lock(mutex_);
  MetricAnswer answer;
  Refresh(source, folders, answer.warnings);
  AddDamage(answer.warnings);
  answer.series = Select(query);
  if (answer.series.empty() && !files_.empty()) {
    const bool none = std::ranges::all_of(
        files_, [](const auto& item) { return item.second.followed.series().empty(); });
    answer.warnings.push_back(none ? "The event files hold no scalars."
                                   : "No series has the tags and runs that were asked for.");
  }
  if (files_.empty()) {
    std::string places;
    for (const EventFolder& folder : folders)
      places += (places.empty() ? "" : ", ") + folder.folder;
    answer.warnings.push_back("There are no event files below " +
                              (places.empty() ? "any folder that is known" : places) + ".");
  }
  return answer;
}

std::size_t JobMetrics::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [path, file] : files_) sum += path.size() + file.followed.bytes();
  return sum;
}

}  // namespace mlengine::metrics
