#include "engine_api/job_table_filter.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace mlengine::engine_api {
namespace {

using google::protobuf::Timestamp;
using ml::v1::Job;
using policy::ListFilter;

constexpr std::size_t kMostWords = 32;  // bits of ShapeVerdict
constexpr std::size_t kLongestSearch = 1000;
constexpr std::size_t kFewChanges = 2000;  // more of them are read faster as a list
constexpr int kPage = 500;

enum OwnField : unsigned {
  kJobId = 1,
  kState = 2,
  kCreateTime = 4,
  kStartTime = 8,
  kEndTime = 16,
  kLabels = 32,
};

// 0: rows do not have the field themselves.
unsigned OwnFieldOf(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, unsigned>, 6> kFields{
      {{"job_id", kJobId},
       {"state", kState},
       {"create_time", kCreateTime},
       {"start_time", kStartTime},
       {"end_time", kEndTime},
       {"labels", kLabels}}};
  for (const auto& [name, field] : kFields) {
    if (name == path) return field;
  }
  return 0;
}

bool IsOfShape(std::string_view path) {
  return path.starts_with("training_input.") && path != "training_input.args" &&
         path != "training_input.package_uris" && path != "training_input.job_dir";
}

void SetTime(std::int64_t nanos, void (Job::*clear)(), Timestamp* (Job::*time)(), Job& job) {
  if (nanos == JobRow::kNever) {
    (job.*clear)();
    return;
  }
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t part = ((nanos % kSecond) + kSecond) % kSecond;
  (job.*time)()->set_seconds((nanos - part) / kSecond);
  (job.*time)()->set_nanos(static_cast<int>(part));
}

void SetLabels(std::string_view lines, Job& job) {
  auto& labels = *job.mutable_labels();
  labels.clear();
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    const std::size_t cut = line.find('=');
    labels[std::string(line.substr(0, cut))] = std::string(line.substr(cut + 1));
    lines.remove_prefix(line.size() + 1);
  }
}

bool PassesAll(const std::vector<ListFilter>& terms, const Job& job) {
  return std::ranges::all_of(terms, [&job](const ListFilter& term) { return term.Matches(job); });
}

void Mark(std::vector<bool>& jobs, std::int64_t sequence, bool passes) {
  const auto place = static_cast<std::size_t>(sequence);
  if (jobs.size() <= place) jobs.resize(place + 1);
  jobs[place] = passes;
}

}  // namespace

Result<std::vector<std::string>> Words(std::string_view search) {
  if (search.size() > kLongestSearch) {
    return InvalidArgumentError("search: at most " + std::to_string(kLongestSearch) +
                                " bytes are possible");
  }
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  std::vector<std::string> words;
  for (auto at = search.begin(); at != search.end();) {
    at = std::find_if_not(at, search.end(), is_space);
    const auto end = std::find_if(at, search.end(), is_space);
    if (at != end) words.emplace_back(at, end);
    at = end;
  }
  if (words.size() > kMostWords)
    return InvalidArgumentError("search: at most " + std::to_string(kMostWords) + " words");
  return words;
}

Result<JobSet> FilterMemo::Passing(const std::string& project, const std::string& text,
                                   const std::vector<ListFilter>& terms) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      kept_, [&](const Kept& kept) { return kept.project == project && kept.text == text; });
  const std::int64_t known = found == kept_.end() ? -1 : found->revision;
  std::vector<std::pair<std::int64_t, std::string>> changed;
  std::int64_t revision = 0;
  table_.Read(project, [&](const JobTable::View& view) {
    revision = view.revision;
    for (const JobRow& row : view.rows) {
      if (row.changed > known) changed.emplace_back(row.sequence, row.id());
    }
  });
  MLENGINE_ASSIGN_OR_RETURN(
      JobSet jobs, Renew(found == kept_.end() ? nullptr : &*found, project, terms, changed));
  if (found != kept_.end()) kept_.erase(found);
  kept_.push_front({project, text, revision, jobs});
  if (kept_.size() > kMostKept) kept_.pop_back();
  return jobs;
}

Result<JobSet> FilterMemo::Renew(const Kept* old, const std::string& project,
                                 const std::vector<ListFilter>& terms,
                                 const std::vector<std::pair<std::int64_t, std::string>>& changed) {
  if (old != nullptr && changed.empty()) return old->jobs;
  if (changed.size() <= kFewChanges) {
    auto jobs = std::make_shared<std::vector<bool>>();
    if (old != nullptr) *jobs = *old->jobs;
    for (const auto& [sequence, id] : changed) {
      MLENGINE_ASSIGN_OR_RETURN(const store::StoredJob job, store_.Get({project, id}));
      Mark(*jobs, sequence, PassesAll(terms, job.record.job()));
    }
    return JobSet(jobs);
  }
  auto jobs = std::make_shared<std::vector<bool>>();
  store::ListJobsQuery query;
  query.project = project;
  query.page_size = kPage;
  query.filter = [&terms](const store::JobRecord& record) {
    return PassesAll(terms, record.job());
  };
  do {
    MLENGINE_ASSIGN_OR_RETURN(const store::ListJobsPage page, store_.List(query));
    for (const store::StoredJob& job : page.jobs) Mark(*jobs, job.sequence, true);
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return JobSet(jobs);
}

RowFilter::RowFilter(const ListFilter& filter, const std::vector<std::string>& words) {
  for (ListFilter& term : filter.Split()) {
    const std::string path = term.Path();
    const unsigned own = OwnFieldOf(path);
    own_fields_ |= own;
    auto& terms = own != 0 ? own_terms_ : IsOfShape(path) ? shape_terms_ : stored_terms_;
    terms.push_back(std::move(term));
  }
  for (const std::string& word : words) words_.emplace_back(word);
}

const RowFilter::ShapeVerdict& RowFilter::VerdictOf(const JobShape& shape) {
  if (shapes_.size() <= shape.number) shapes_.resize(shape.number + 1);
  ShapeVerdict& verdict = shapes_[shape.number];
  if (verdict.known) return verdict;
  verdict.known = verdict.passes = true;
  if (!shape_terms_.empty()) {
    Job job;
    if (shape.type == "training") *job.mutable_training_input() = shape.Input();
    verdict.passes = PassesAll(shape_terms_, job);
  }
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i].In(shape.module) || words_[i].In(shape.tier) || words_[i].In(shape.region))
      verdict.words |= 1U << i;
  }
  return verdict;
}

bool RowFilter::PassesOwn(const JobRow& row) {
  if ((own_fields_ & kJobId) != 0) scratch_.mutable_job_id()->assign(row.id());
  if ((own_fields_ & kState) != 0) scratch_.set_state(row.state);
  if ((own_fields_ & kCreateTime) != 0)
    SetTime(row.create_ns, &Job::clear_create_time, &Job::mutable_create_time, scratch_);
  if ((own_fields_ & kStartTime) != 0)
    SetTime(row.start_ns, &Job::clear_start_time, &Job::mutable_start_time, scratch_);
  if ((own_fields_ & kEndTime) != 0)
    SetTime(row.end_ns, &Job::clear_end_time, &Job::mutable_end_time, scratch_);
  if ((own_fields_ & kLabels) != 0) SetLabels(row.labels(), scratch_);
  return PassesAll(own_terms_, scratch_);
}

bool RowFilter::Passes(const JobRow& row) {
  const ShapeVerdict& shape = VerdictOf(*row.shape);
  if (!shape.passes) return false;
  if (!own_terms_.empty() && !PassesOwn(row)) return false;
  if (!stored_terms_.empty()) {
    const auto place = static_cast<std::size_t>(row.sequence);
    if (stored_ == nullptr || place >= stored_->size() || !(*stored_)[place]) return false;
  }
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if ((shape.words >> i & 1U) == 0 && !words_[i].In(row.text())) return false;
  }
  return true;
}

}  // namespace mlengine::engine_api
