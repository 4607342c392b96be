#include "engine_api/job_table_query.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/number_text.h"

namespace mlengine::engine_api {
namespace {

constexpr std::size_t kLongestFilter = 4096;  // as the API's list
constexpr std::uint64_t kMostRows = 500;
constexpr int kLongestWait = 60;  // seconds

constexpr std::array<std::pair<std::string_view, JobOrder>, 10> kOrders{
    {{"jobId", JobOrder::kJobId},
     {"createTime", JobOrder::kCreateTime},
     {"startTime", JobOrder::kStartTime},
     {"endTime", JobOrder::kEndTime},
     {"elapsed", JobOrder::kElapsed},
     {"state", JobOrder::kState},
     {"scaleTier", JobOrder::kScaleTier},
     {"region", JobOrder::kRegion},
     {"units", JobOrder::kUnits},
     {"money", JobOrder::kMoney}}};

template <typename T>
Status ReadNumber(const net::Request& request, std::string_view name, T least, T most, T& out) {
  const std::optional<std::string_view> text = request.Query(name);
  if (!text) return OkStatus();
  const std::optional<T> value = ToNumber<T>(*text);
  if (!value || *value < least || *value > most) {
    return InvalidArgumentError(std::string(name) + ": must be a whole number from " +
                                std::to_string(least) + " to " + std::to_string(most));
  }
  out = *value;
  return OkStatus();
}

Status ReadGroups(const net::Request& request, TableQuery& query) {
  for (const auto& [name, value] : request.query) {
    if (name != "group") continue;
    std::size_t group = 0;
    while (group < kJobGroups && GroupName(static_cast<JobGroup>(group)) != value) ++group;
    if (group == kJobGroups) {
      return InvalidArgumentError("group: \"" + value.substr(0, 100) +
                                  "\" is not one of running, waiting, succeeded, failed, stopped");
    }
    query.groups[group] = true;
  }
  return OkStatus();
}

Status ReadOrder(const net::Request& request, TableQuery& query) {
  const std::optional<std::string_view> text = request.Query("orderBy");
  if (!text || text->empty()) return OkStatus();
  std::string_view field = *text;
  query.descending = field.ends_with(" desc");
  if (query.descending) field.remove_suffix(5);
  for (const auto& [name, order] : kOrders) {
    if (name != field) continue;
    query.order = order;
    return OkStatus();
  }
  std::string names;
  for (const auto& [name, order] : kOrders)
    names += (names.empty() ? "" : ", ") + std::string(name);
  return InvalidArgumentError("orderBy: \"" + std::string(text->substr(0, 100)) +
                              "\" is not FIELD or \"FIELD desc\" with FIELD one of " + names);
}

// What rows are put in order by.
struct Item {
  double key = 0;
  bool known = true;
  const JobRow* row = nullptr;
};

// The place of each shape's text among them all, by the shape's number.
std::vector<double> Ranks(const std::deque<JobShape>& shapes, std::string JobShape::* text) {
  std::map<std::string_view, double> places;
  for (const JobShape& shape : shapes) places[shape.*text] = 0;
  double next = 0;
  for (auto& [name, place] : places) place = next++;
  std::vector<double> ranks;
  ranks.reserve(shapes.size());
  for (const JobShape& shape : shapes) ranks.push_back(places[shape.*text]);
  return ranks;
}

// In the order of a job's life.
double PlaceOf(ml::v1::Job::State state) {
  using ml::v1::Job;
  static constexpr std::array kLife{
      Job::STATE_UNSPECIFIED, Job::QUEUED,    Job::PREPARING, Job::RUNNING,
      Job::CANCELLING,        Job::SUCCEEDED, Job::FAILED,    Job::CANCELLED};
  return static_cast<double>(std::ranges::find(kLife, state) - kLife.begin());
}

class Keys {
 public:
  Keys(const TableQuery& query, const std::deque<JobShape>& shapes, Time now)
      : order_(query.order), now_(now) {
    if (order_ == JobOrder::kScaleTier) ranks_ = Ranks(shapes, &JobShape::tier);
    if (order_ == JobOrder::kRegion) ranks_ = Ranks(shapes, &JobShape::region);
  }

  Item Of(const JobRow& row) const {
    switch (order_) {
      case JobOrder::kJobId:
        return {0, true, &row};
      case JobOrder::kCreateTime:
        return OfTime(row.create_ns, row);
      case JobOrder::kStartTime:
        return OfTime(row.start_ns, row);
      case JobOrder::kEndTime:
        return OfTime(row.end_ns, row);
      case JobOrder::kElapsed:
        return OfElapsed(row);
      case JobOrder::kState:
        return {PlaceOf(row.state), true, &row};
      case JobOrder::kScaleTier:
      case JobOrder::kRegion:
        return {ranks_[row.shape->number], true, &row};
      case JobOrder::kUnits:
        return {row.Used(now_).units, row.shape->list != nullptr, &row};
      case JobOrder::kMoney:
        return {row.Used(now_).money, row.shape->list != nullptr, &row};
    }
    return {0, false, &row};
  }

 private:
  static Item OfTime(std::int64_t nanos, const JobRow& row) {
    return {static_cast<double>(nanos), nanos != JobRow::kNever, &row};
  }
  Item OfElapsed(const JobRow& row) const {
    if (row.create_ns == JobRow::kNever) return {0, false, &row};
    const std::int64_t end = row.end_ns == JobRow::kNever ? ToUnixNanos(now_) : row.end_ns;
    return {static_cast<double>(end) - static_cast<double>(row.create_ns), true, &row};
  }

  const JobOrder order_;
  const Time now_;
  std::vector<double> ranks_;
};

void CutWindow(std::vector<Item>& items, const TableQuery& query, Selection& selection) {
  if (query.offset >= items.size()) return;
  const auto before = [by_id = query.order == JobOrder::kJobId, descending = query.descending](
                          const Item& a, const Item& b) {
    if (a.known != b.known) return a.known;
    const Item& first = descending ? b : a;
    const Item& second = descending ? a : b;
    if (first.key != second.key) return first.key < second.key;
    if (by_id) return first.row->id() < second.row->id();
    return first.row->sequence < second.row->sequence;
  };
  const auto begin = items.begin() + static_cast<std::ptrdiff_t>(query.offset);
  const auto count = std::min<std::uint64_t>(query.limit, items.size() - query.offset);
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  std::nth_element(items.begin(), begin, items.end(), before);
  std::partial_sort(begin, end, items.end(), before);
  for (auto item = begin; item != end; ++item) selection.window.push_back(item->row);
}

}  // namespace

Result<TableQuery> ParseTableQuery(const net::Request& request) {
  const std::string filter_text(request.Query("filter").value_or(""));
  if (filter_text.size() > kLongestFilter) {
    return InvalidArgumentError("filter: at most " + std::to_string(kLongestFilter) +
                                " bytes are possible");
  }
  MLENGINE_ASSIGN_OR_RETURN(policy::ListFilter filter, policy::ListFilter::Parse(filter_text));
  TableQuery query{
      .project = request.path_values[0], .filter_text = filter_text, .filter = std::move(filter)};
  MLENGINE_ASSIGN_OR_RETURN(query.words, Words(request.Query("search").value_or("")));
  MLENGINE_RETURN_IF_ERROR(ReadGroups(request, query));
  MLENGINE_RETURN_IF_ERROR(ReadOrder(request, query));
  MLENGINE_RETURN_IF_ERROR(
      ReadNumber<std::uint64_t>(request, "offset", 0, UINT32_MAX, query.offset));
  MLENGINE_RETURN_IF_ERROR(ReadNumber<std::uint64_t>(request, "limit", 1, kMostRows, query.limit));
  MLENGINE_RETURN_IF_ERROR(ReadNumber(request, "wait", 0, kLongestWait, query.wait));
  query.revision = std::string(request.Query("revision").value_or(""));
  return query;
}

Selection Select(const JobTable::View& view, const TableQuery& query, RowFilter& filter, Time now) {
  Selection selection;
  const bool all = std::ranges::none_of(query.groups, [](bool wanted) { return wanted; });
  const Keys keys(query, view.shapes, now);
  std::vector<Item> items;
  for (const JobRow& row : view.rows) {
    if (!filter.Passes(row)) continue;
    const auto group = static_cast<std::size_t>(GroupOf(row.state));
    ++selection.counts[group];
    if (all || query.groups[group]) items.push_back(keys.Of(row));
  }
  selection.total = items.size();
  CutWindow(items, query, selection);
  return selection;
}

}  // namespace mlengine::engine_api
