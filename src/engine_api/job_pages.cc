#include "engine_api/job_pages.h"

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/digest.h"
#include "engine_api/html.h"
#include "engine_api/job_phases.h"

namespace mlengine::engine_api {
namespace {

constexpr char kReload[] = "<meta http-equiv=\"refresh\" content=\"5\">";
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// "2018-01-02 03:04:05": the column's title says UTC.
std::string Stamp(std::int64_t unix_nanos) {
  std::string text = FormatTimeSeconds(FromUnixNanos(unix_nanos));
  text.pop_back();
  const std::size_t t = text.find('T');
  if (t != std::string::npos) text[t] = ' ';
  return text;
}

std::int64_t Nanos(const google::protobuf::Timestamp& t) {
  return t.seconds() * kNanosPerSecond + t.nanos();
}

std::string Milliseconds(double ms) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.1f ms", ms);
  return buffer;
}

// "7 s", "12 min 7 s", "3 h 12 min".
std::string Seconds(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + " s";
  const std::int64_t minutes = seconds / 60;
  if (minutes < 60) return std::to_string(minutes) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

// How long it ran; "" while it runs or when it never did.
std::string RunTime(const ml::v1::Job& job) {
  if (!job.has_start_time() || !job.has_end_time()) return "";
  return Seconds((Nanos(job.end_time()) - Nanos(job.start_time())) / kNanosPerSecond);
}

std::string State(const ml::v1::Job& job) {
  const std::string name = ml::v1::Job::State_Name(job.state());
  return "<span class=\"state " + name + "\">" + name + "</span>";
}

std::string Row(const std::string& name, const std::string& html) {
  return html.empty() ? "" : "<tr><th>" + name + "</th><td>" + html + "</td></tr>";
}

std::string Facts(const store::JobRecord& record, const JobPrice& price) {
  const ml::v1::Job& job = record.job();
  const ml::v1::TrainingInput& input = job.training_input();
  std::string args;
  for (const std::string& arg : input.args()) args += (args.empty() ? "" : " ") + arg;
  std::string labels;
  for (const auto& [key, value] : job.labels())
    labels.append(labels.empty() ? "" : ", ").append(key).append("=").append(value);
  std::string out = Row("state", State(job));
  out += Row("project", "<a href=\"/ui?project=" + Escape(record.project()) + "\">" +
                            Escape(record.project()) + "</a>");
  out += Row("created", Stamp(record.create_time_ns()) + " UTC");
  if (job.has_start_time()) out += Row("started", Stamp(Nanos(job.start_time())) + " UTC");
  if (job.has_end_time()) out += Row("ended", Stamp(Nanos(job.end_time())) + " UTC");
  out += Row("ran for", RunTime(job));
  out += Row("region", Escape(input.region()));
  if (!price.list.empty()) {
    out += Row("price",
               Escape(price.unknown.empty() ? price.rate_text + " (price list " + price.list + ")"
                                            : price.unknown));
  }
  out += Row(job.has_end_time() ? "cost" : "cost so far", Escape(price.used_text));
  out += Row("module", Escape(input.python_module()));
  if (!args.empty()) out += Row("arguments", "<pre>" + Escape(args) + "</pre>");
  out += Row("job dir", Escape(input.job_dir()));
  out += Row("runtime asked for", Escape(input.runtime_version()));
  out += Row("runtime used", Escape(record.runtime_name()));
  out += Row("labels", Escape(labels));
  return "<table class=\"facts\">" + out + "</table>";
}

std::string Phases(const store::JobRecord& record) {
  std::string rows;
  for (const JobPhase& phase : PhasesOf(record)) {
    std::string name = phase.name;
    for (char& c : name) c = c == '_' ? ' ' : c;
    rows += "<tr><th>" + Escape(name) + "</th><td class=\"number\">" +
            Milliseconds(phase.milliseconds) + "</td><td>" + Escape(phase.detail) + "</td></tr>";
  }
  return rows.empty() ? "" : "<h2>Start</h2><table class=\"phases\">" + rows + "</table>";
}

std::string Log(const store::JobRecord& record, const std::vector<logs::LogEntry>& entries) {
  if (entries.empty()) return "<h2>Log</h2><p class=\"quiet\">No line yet.</p>";
  std::string rows;
  for (const logs::LogEntry& entry : entries) {
    const std::string severity(SeverityName(entry.severity));
    rows += "<tr class=\"" + severity + "\"><td class=\"stamp\">" + Stamp(entry.stamp_ns) +
            "</td><td class=\"severity\">" + severity + "</td><td class=\"task\">" +
            Escape(entry.task_name) + "</td><td class=\"message\"><pre>" + Escape(entry.message) +
            "</pre></td></tr>";
  }
  std::string out = "<h2>Log</h2>";
  if (entries.size() >= static_cast<std::size_t>(kLogEntriesShown)) {
    out += "<p class=\"quiet\">The last " + std::to_string(entries.size()) +
           " entries. All of it: <code>mlengine jobs stream-logs " + Escape(record.job().job_id()) +
           " --project=" + Escape(record.project()) + "</code></p>";
  }
  return out +
         "<table class=\"log\"><tr><th>time (UTC)</th><th>severity</th><th>task</th>"
         "<th>message</th></tr>" +
         rows + "</table>";
}

// The line of an error message that says most: the last one of a traceback, before the closing
// sentence that points at the log.
std::string CauseLine(const std::string& message) {
  std::string cause;
  for (std::size_t start = 0; start < message.size();) {
    const std::size_t end = std::min(message.find('\n', start), message.size());
    const std::string line = message.substr(start, end - start);
    if (line.rfind("To find out more", 0) != 0 && !line.empty()) cause = line;
    start = end + 1;
  }
  static constexpr std::string_view kReason = "Termination reason: Error. ";
  const std::size_t reason = cause.find(kReason);
  if (reason != std::string::npos && reason + kReason.size() < cause.size())
    cause.erase(0, reason + kReason.size());
  return cause;
}

}  // namespace

std::string JobPage(const store::JobRecord& record, const std::vector<logs::LogEntry>& entries,
                    const JobPrice& price) {
  const ml::v1::Job& job = record.job();
  std::string body;
  if (!job.error_message().empty())
    body += "<div class=\"cause\"><pre>" + Escape(job.error_message()) + "</pre></div>";
  body += Facts(record, price) + Phases(record) + Log(record, entries);
  return Page("Job " + job.job_id(), body, job.has_end_time() ? "" : kReload);
}

std::string JobsPage(const store::ListJobsPage& page, const std::string& project) {
  if (page.jobs.empty()) {
    return Page("Jobs of " + project,
                "<p>No job yet. Submit one with <code>mlengine jobs submit training</code>; "
                "<code>mlengine jobs submit training --help</code> has examples.</p>",
                kReload);
  }
  std::string rows;
  for (const store::StoredJob& stored : page.jobs) {
    const ml::v1::Job& job = stored.record.job();
    const std::string id = Escape(job.job_id());
    rows += "<tr><td><a href=\"/ui/jobs/" + id + "?project=" + Escape(project) + "\">" + id +
            "</a></td><td>" + State(job) + "</td><td class=\"stamp\">" +
            Stamp(stored.record.create_time_ns()) + "</td><td class=\"stamp\">" + RunTime(job) +
            "</td><td class=\"why\">" + Escape(CauseLine(job.error_message())) + "</td></tr>";
  }
  std::string body =
      "<table class=\"jobs\"><tr><th>job</th><th>state</th><th>created (UTC)</th><th>ran "
      "for</th><th>cause</th></tr>" +
      rows + "</table>";
  if (!page.next_page_token.empty()) {
    body += "<p><a href=\"/ui?project=" + Escape(project) +
            "&amp;pageToken=" + PercentEncode(page.next_page_token) + "\">older jobs</a></p>";
  }
  return Page("Jobs of " + project, body, kReload);
}

}  // namespace mlengine::engine_api
