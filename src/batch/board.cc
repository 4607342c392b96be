#include "batch/board.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/digest.h"

namespace mlengine::batch {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kLongestPlan = 64U << 20;

// Of the parts of one span by number: those without a gap.
SpanState StateOf(const std::vector<std::optional<PartInfo>>& parts) {
  SpanState state;
  for (const std::optional<PartInfo>& part : parts) {
    if (!part) break;
    state.info = *part;
    ++state.parts;
  }
  return state;
}

Result<Plan> ReadPlan(GsClient& client, const std::string& bucket, const std::string& name) {
  MLENGINE_ASSIGN_OR_RETURN(const ObjectInfo object, client.Get(bucket, name));
  if (object.size > kLongestPlan) return DataLossError(object.Url() + " is no plan");
  MLENGINE_ASSIGN_OR_RETURN(const std::string text, client.Read(object, 0, object.size));
  return DecodePlan(text);
}

}  // namespace

std::optional<std::size_t> ChooseSpan(const Plan& plan, const std::vector<SpanState>& states,
                                      const std::vector<std::optional<SteadyTime>>& changed,
                                      std::size_t worker, SteadyTime now) {
  for (std::size_t i = 0; i < plan.spans.size(); ++i) {
    if (plan.spans[i].worker == worker && !states[i].complete()) return i;
  }
  for (std::size_t i = plan.spans.size(); i-- > 0;) {
    const bool left = !changed[i] || now - *changed[i] >= kStale;
    if (!states[i].complete() && left) return i;
  }
  return std::nullopt;
}

Board::Board(GsClient& client, GsFolder output, std::string run, Plan plan)
    : client_(&client),
      output_(std::move(output)),
      run_(std::move(run)),
      plan_(std::move(plan)),
      states_(plan_.spans.size()),
      changed_(plan_.spans.size()) {}

Result<Board> Board::Open(GsClient& client, const GsFolder& output, const std::string& run,
                          const std::function<Result<Plan>()>& make_plan) {
  const std::string name = output.prefix + PlanName(run);
  Result<Plan> plan = ReadPlan(client, output.bucket, name);
  if (plan.status().code() == StatusCode::kNotFound) {
    MLENGINE_ASSIGN_OR_RETURN(const Plan made, make_plan());
    const Status created = client.Create(output.bucket, name, EncodePlan(made), {});
    if (!created.ok() && created.code() != StatusCode::kAlreadyExists) return created;
    plan = ReadPlan(client, output.bucket, name);
  }
  if (!plan.ok()) return plan.status();
  Board board(client, output, run, *std::move(plan));
  MLENGINE_RETURN_IF_ERROR(board.Refresh());
  return board;
}

Status Board::Refresh() {
  const std::string folder = Name(PartsFolder(run_));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects,
                            client_->List(output_.bucket, folder));
  std::vector<std::vector<std::optional<PartInfo>>> parts(plan_.spans.size());
  for (const ObjectInfo& object : objects) {
    const Result<PartPlace> place =
        ParsePartName(std::string_view(object.name).substr(folder.size()));
    if (!place.ok() || place->span >= parts.size()) continue;  // none of ours
    std::vector<std::optional<PartInfo>>& of_span = parts[place->span];
    if (place->part > objects.size()) continue;
    if (of_span.size() <= place->part) of_span.resize(place->part + 1);
    MLENGINE_ASSIGN_OR_RETURN(of_span[place->part], DecodePart(object.metadata));
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const SpanState state = StateOf(parts[i]);
    if (state.parts < states_[i].parts)
      return AbortedError("parts of the results were removed from " + folder);
    if (state.parts != states_[i].parts) changed_[i] = now;
    states_[i] = state;
  }
  return OkStatus();
}

Status Board::Commit(std::size_t span, PartInfo info, const std::string& lines,
                     const std::vector<InstanceError>& errors) {
  const std::size_t part = states_[span].parts;
  if (!errors.empty()) {
    info.errors_nonce = RandomHex(4);
    std::string text;
    for (const InstanceError& error : errors)
      text += json::serialize(json::object{{"number", error.number}, {"error", error.text}}) + "\n";
    MLENGINE_RETURN_IF_ERROR(client_->Create(
        output_.bucket, Name(PartErrorsName(run_, span, part, info.errors_nonce)), text, {}));
  }
  MLENGINE_RETURN_IF_ERROR(
      client_->Create(output_.bucket, Name(PartName(run_, span, part)), lines, EncodePart(info)));
  states_[span] = {part + 1, info};
  return OkStatus();
}

std::optional<std::size_t> Board::Choose(std::size_t worker) const {
  return ChooseSpan(plan_, states_, changed_, worker, std::chrono::steady_clock::now());
}

bool Board::complete() const {
  return std::ranges::all_of(states_, &SpanState::complete);
}

Totals Board::totals() const {
  Totals totals;
  for (const SpanState& state : states_) {
    totals.predictions += state.info.predictions;
    totals.errors += state.info.errors;
    totals.stored_bytes += state.info.stored_bytes;
  }
  return totals;
}

}  // namespace mlengine::batch
