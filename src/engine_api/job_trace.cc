#include "engine_api/job_trace.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "engine_api/answer.h"
#include "model/job_state.h"
#include "wire/codec/utf8.h"

namespace mlengine::engine_api {
namespace json = boost::json;

namespace {

using engine::v1::AttemptRecord;
using engine::v1::JobRecord;
using engine::v1::ReplicaRecord;
using google::protobuf::Timestamp;
using ml::v1::Job;
using runner::v1::StatusRecord;

// As opentelemetry.proto.trace.v1 numbers them.
constexpr int kKindInternal = 1;
constexpr int kStatusOk = 1;
constexpr int kStatusError = 2;

std::int64_t Nanos(const Timestamp& time) {
  return time.seconds() * 1'000'000'000 + time.nanos();
}

class Trace {
 public:
  Trace(const JobRecord& record, Time now)
      : name_(record.project() + "/" + record.job().job_id() + "/" +
              std::to_string(record.create_time_ns())),
        trace_id_(Sha256Hex(name_).substr(0, 32)),
        now_(ToUnixNanos(now)) {}

  // What a span is, but for its ids. An end of 0: it goes on.
  struct Span {
    std::string path;  // unique in the trace; its parent's is what stands before the last '/'
    std::string name;
    std::int64_t start = 0;  // nanoseconds since 1970
    std::int64_t end = 0;
    json::array attributes = {};
    int status = 0;
    std::string message = {};
  };

  void Add(Span span) {
    const bool unfinished = span.end == 0;
    if (unfinished) span.end = now_;
    if (unfinished) span.attributes.push_back(Attribute("mlengine.unfinished", true));
    const std::size_t slash = span.path.rfind('/');
    json::object out{{"traceId", trace_id_},
                     {"spanId", SpanId(span.path)},
                     {"name", span.name},
                     {"kind", kKindInternal},
                     {"startTimeUnixNano", std::to_string(span.start)},
                     // A clock that was set back makes no span of negative length.
                     {"endTimeUnixNano", std::to_string(std::max(span.start, span.end))}};
    if (slash != std::string::npos) out["parentSpanId"] = SpanId(span.path.substr(0, slash));
    if (!span.attributes.empty()) out["attributes"] = std::move(span.attributes);
    if (span.status != 0) {
      json::object status{{"code", span.status}};
      if (!span.message.empty()) status["message"] = wire::ToValidUtf8(span.message);
      out["status"] = std::move(status);
    }
    spans_.push_back(std::move(out));
  }

  json::array Take() { return std::move(spans_); }

  static json::object Attribute(std::string_view key, const json::value& value) {
    const char* kind = value.is_bool()    ? "boolValue"
                       : value.is_int64() ? "intValue"
                                          : "stringValue";
    // 64-bit numbers are strings in the JSON form of protocol buffers.
    const json::value shown =
        value.is_int64() ? json::value(std::to_string(value.get_int64())) : value;
    return {{"key", key}, {"value", json::object{{kind, shown}}}};
  }

 private:
  std::string SpanId(const std::string& path) const {
    return Sha256Hex(name_ + "#" + path).substr(0, 16);
  }

  const std::string name_;
  const std::string trace_id_;
  const std::int64_t now_;
  json::array spans_;
};

void AddExecution(Trace& trace, const std::string& path, const ReplicaRecord& replica, int restart,
                  const StatusRecord& status) {
  if (status.phases().empty()) return;
  const bool exited = status.has_exit();
  Trace::Span whole{path, replica.role() + "-" + std::to_string(replica.index()),
                    Nanos(status.phases(0).start_time())};
  if (exited) whole.end = Nanos(status.exit().end_time());
  whole.attributes.push_back(
      Trace::Attribute("mlengine.restart", json::value(static_cast<std::int64_t>(restart))));
  if (exited) {
    whole.attributes.push_back(
        Trace::Attribute("mlengine.exit_reason",
                         json::value(runner::v1::ExitReason::Code_Name(status.exit().reason()))));
    const auto code = static_cast<std::int64_t>(status.exit().exit_code());
    const auto signal = static_cast<std::int64_t>(status.exit().signal());
    whole.attributes.push_back(signal != 0 ? Trace::Attribute("mlengine.signal", signal)
                                           : Trace::Attribute("process.exit.code", code));
    whole.status = code == 0 && signal == 0 ? kStatusOk : kStatusError;
  }
  trace.Add(whole);
  for (const auto& phase : status.phases()) {
    Trace::Span span{path + "/" + phase.name(), phase.name(), Nanos(phase.start_time()),
                     phase.has_end_time() ? Nanos(phase.end_time()) : whole.end};
    if (!phase.detail().empty())
      span.attributes.push_back(
          Trace::Attribute("mlengine.detail", json::value(wire::ToValidUtf8(phase.detail()))));
    trace.Add(std::move(span));
    if (phase.name() == "exec" && phase.has_end_time())
      trace.Add({path + "/program", "program", Nanos(phase.end_time()), whole.end});
  }
}

void AddAttempt(Trace& trace, const AttemptRecord& attempt) {
  const std::string path = "job/attempt-" + std::to_string(attempt.number());
  Trace::Span span{path, "attempt " + std::to_string(attempt.number()),
                   Nanos(attempt.decided_time()),
                   attempt.has_end_time() ? Nanos(attempt.end_time()) : 0};
  if (attempt.outcome() != AttemptRecord::OUTCOME_UNSPECIFIED) {
    const std::string outcome = AttemptRecord::Outcome_Name(attempt.outcome());
    span.attributes.push_back(Trace::Attribute("mlengine.outcome", json::value(outcome)));
    span.status = attempt.outcome() == AttemptRecord::SUCCEEDED ? kStatusOk : kStatusError;
  }
  trace.Add(std::move(span));
  for (const ReplicaRecord& replica : attempt.replicas()) {
    const std::string below =
        path + "/" + replica.role() + "-" + std::to_string(replica.index()) + ".";
    for (int restart = 0; restart < replica.earlier_size(); ++restart)
      AddExecution(trace, below + std::to_string(restart), replica, restart,
                   replica.earlier(restart));
    AddExecution(trace, below + std::to_string(replica.restart()), replica, replica.restart(),
                 replica.status());
  }
}

}  // namespace

std::string JobTraceJson(const JobRecord& record, Time now) {
  const Job& job = record.job();
  Trace trace(record, now);
  Trace::Span whole{"job", "job " + job.job_id(), record.create_time_ns(),
                    model::IsFinal(job.state()) ? Nanos(job.end_time()) : 0};
  whole.attributes.push_back(
      Trace::Attribute("mlengine.state", json::value(Job::State_Name(job.state()))));
  if (model::IsFinal(job.state())) {
    whole.status = job.state() == Job::SUCCEEDED ? kStatusOk : kStatusError;
    whole.message = record.has_cause() ? record.cause().sentence() : job.error_message();
  }
  const std::int64_t end = whole.end;
  trace.Add(std::move(whole));
  trace.Add({"job/queued", "queued", record.create_time_ns(),
             record.attempts().empty() ? end : Nanos(record.attempts(0).decided_time())});
  for (const AttemptRecord& attempt : record.attempts()) AddAttempt(trace, attempt);

  json::array about;
  about.push_back(Trace::Attribute("service.name", json::value("mlengine")));
  about.push_back(Trace::Attribute("mlengine.project", json::value(record.project())));
  about.push_back(Trace::Attribute("mlengine.job", json::value(job.job_id())));
  json::object scope{{"scope", json::object{{"name", "mlengine"}}}, {"spans", trace.Take()}};
  json::object resource{{"resource", json::object{{"attributes", std::move(about)}}},
                        {"scopeSpans", json::array{std::move(scope)}}};
  return json::serialize(json::object{{"resourceSpans", json::array{std::move(resource)}}});
}

void RegisterTraces(net::Router& router, store::JobStore& store, const Clock& clock) {
  router.Handle("GET", "/mlengine/v1/projects/{project}/jobs/{job}/trace",
                [&store, &clock](net::Request& request) {
                  const Result<store::StoredJob> job =
                      store.Get({request.path_values[0], request.path_values[1]});
                  if (!job.ok()) return ErrorAnswer(job.status());
                  return JsonAnswer(JobTraceJson(job->record, clock.Now()));
                });
}

}  // namespace mlengine::engine_api
