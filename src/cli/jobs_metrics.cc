#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>

#include "base/digest.h"
#include "base/nearest_word.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/plot.h"
#include "cli/resource_text.h"
#include "cli/session.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr int kPipedColumns = 80;
constexpr int kPlotRows = 11;

int ColumnsOf(const Session& session) {
  return session.columns > 0 ? std::clamp(session.columns, 20, 400) : kPipedColumns;
}

// Whether the terminal shows more than ASCII, by the first of the usual variables that is set; a
// pipe takes all.
bool ShowsUnicode(const Session& session) {
  if (!session.out_is_terminal) return true;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const auto text = session.env(name))
      return text->find("UTF-8") != std::string::npos || text->find("utf8") != std::string::npos;
  }
  return false;
}

std::string Target(const Invocation& invocation, const Session& session, const Api& api,
                   bool choose) {
  std::string target = api.OwnPath({"jobs", invocation.positionals[0], "metrics"}) + "?";
  if (invocation.Has("resources")) target += "source=resources&";
  if (!choose) return target + "points=1";
  for (const char* flag : {"tag", "run"}) {
    for (const std::string& pattern : invocation.List(flag))
      target += std::string(flag) + "=" + PercentEncode(pattern) + "&";
  }
  if (invocation.Has("since-step")) target += "since_step=" + invocation.Text("since-step") + "&";
  if (invocation.Has("points")) return target + "points=" + invocation.Text("points");
  // A column of braille has two dots; the table wants the newest alone.
  if (invocation.Has("plot")) return target + "points=" + std::to_string(2 * ColumnsOf(session));
  return invocation.Has("format") ? target : target + "points=1";
}

double NumberOf(const value& number) {
  if (number.is_number()) return number.to_number<double>();
  if (number == "Infinity") return std::numeric_limits<double>::infinity();
  if (number == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

double StepOf(const value& point) {
  const std::string text = TextAt(point, "step");
  double step = 0;
  std::from_chars(text.data(), text.data() + text.size(), step);
  return step;
}

// Values of a replica's resources have units, those of a program none.
std::string ValueText(const object& series, double number) {
  if (!TextAt(series, "run").starts_with("resources/")) return ShortNumber(number);
  return ResourceValue(TextAt(series, "tag"), number);
}

std::string Shown(const object& series, std::string_view field) {
  const value* number = series.if_contains(field);
  return number == nullptr ? "-" : ValueText(series, NumberOf(*number));
}

std::string Table(const array& list) {
  std::vector<std::vector<std::string>> rows = {
      {"RUN", "TAG", "POINTS", "LAST_STEP", "LAST_VALUE", "MIN", "MAX"}};
  for (const value& one : list) {
    const object& series = one.as_object();
    const array& points = series.at("points").as_array();
    const value* last = points.empty() ? nullptr : &points.back();
    rows.push_back({TextAt(one, "run"), TextAt(one, "tag"), TextAt(one, "count"),
                    last == nullptr ? "-" : TextAt(*last, "step"),
                    last == nullptr ? "-" : ValueText(series, NumberOf(last->at("value"))),
                    Shown(series, "min"), Shown(series, "max")});
  }
  return AlignTable(rows);
}

std::string PlotOf(const value& one, PlotLook look) {
  const object& series = one.as_object();
  look.label = [&series](double number) { return ValueText(series, number); };
  std::vector<PlotPoint> points;
  for (const value& point : series.at("points").as_array())
    points.push_back({StepOf(point), NumberOf(point.at("value"))});
  std::string out = TextAt(one, "tag") + " (" + TextAt(one, "run") + ")";
  if (!points.empty()) {
    out += ": " + ValueText(series, points.back().y) + " at step " +
           TextAt(series.at("points").as_array().back(), "step") + ", min " + Shown(series, "min") +
           ", max " + Shown(series, "max");
  }
  out += "\n" + Plot(points, look);
  if (const value* bad = series.if_contains("nonFinite")) {
    const std::string count = TextAt(*bad, "count");
    out += "  " + count + (count == "1" ? " value is" : " values are") +
           " NaN or infinite, first at step " + TextAt(*bad, "firstStep") + "\n";
  }
  return out;
}

// Says which tags and runs there are, when those that were typed are none.
Status NoSuchSeries(const Invocation& invocation, const std::string& job, const value& all) {
  std::set<std::string> tags;
  std::set<std::string> runs;
  for (const value& one : all.at("series").as_array()) {
    tags.insert(TextAt(one, "tag"));
    runs.insert(TextAt(one, "run"));
  }
  std::string typed;
  std::string meant;
  for (const auto& [flag, known] : {std::pair("tag", &tags), std::pair("run", &runs)}) {
    for (const std::string& pattern : invocation.List(flag)) {
      typed += (typed.empty() ? "" : " and ") + std::string(flag) + " \"" + pattern + "\"";
      const std::string near = NearestWord(pattern, {known->begin(), known->end()});
      if (!near.empty() && near != pattern) meant = " Did you mean \"" + near + "\"?";
    }
  }
  const auto listed = [](const std::set<std::string>& names) {
    std::string out;
    std::size_t left = 20;
    for (const std::string& name : names) {
      if (left-- == 0) return out + " and more";
      out += (out.empty() ? "" : ", ") + name;
    }
    return out;
  };
  return NotFoundError("job [" + job + "] has no series of " + typed + "." + meant +
                       " Its tags: " + listed(tags) + ". Its runs: " + listed(runs) + ".");
}

Result<int> Run(const Invocation& invocation, Session& session) {
  MLENGINE_ASSIGN_OR_RETURN(const auto api, Api::Open(invocation, session));
  const std::string& job = invocation.positionals[0];
  MLENGINE_ASSIGN_OR_RETURN(const value answer,
                            api->Json("GET", Target(invocation, session, *api, true)));
  if (!answer.is_object() || !answer.get_object().contains("series"))
    return InternalError("the server's metrics of the job cannot be read");
  if (invocation.Has("format")) {
    MLENGINE_RETURN_IF_ERROR(PrintOne(invocation, session, answer));
    return kExitOk;
  }
  const array& list = answer.at("series").as_array();
  if (list.empty() && (invocation.Has("tag") || invocation.Has("run"))) {
    MLENGINE_ASSIGN_OR_RETURN(const value all,
                              api->Json("GET", Target(invocation, session, *api, false)));
    if (!all.at("series").as_array().empty()) return NoSuchSeries(invocation, job, all);
  }
  if (!invocation.Has("quiet")) {
    for (const value& warning : answer.at("warnings").as_array())
      session.err << "WARNING: " << std::string_view(warning.as_string()) << "\n";
  }
  if (list.empty()) return kExitOk;
  if (!invocation.Has("plot")) {
    session.out << Table(list);
    return kExitOk;
  }
  const PlotLook look{ColumnsOf(session), kPlotRows, ShowsUnicode(session)};
  for (std::size_t i = 0; i < list.size(); ++i)
    session.out << (i > 0 ? "\n" : "") << PlotOf(list[i], look);
  return kExitOk;
}

}  // namespace

Command JobsMetricsCommand() {
  Command command;
  command.path = "jobs metrics";
  command.summary = "show the scalars of a job's TensorBoard event files, or what it used";
  command.description =
      "Reads what the program wrote with TensorFlow's, Keras's or PyTorch's writers below its "
      "--job-dir, below the folders that its arguments name (--logdir, --summaries_dir, "
      "--model_dir and the like), and in its working folder. Prints a table, with --plot a curve "
      "for each series. Works while the job runs.";
  command.positionals = {{"JOB", "Name of the job."}};
  command.flags = {
      {"tag", FlagKind::kList, "TAG,...",
       "Only these tags; 'PREFIX*' stands for all that begin so."},
      {"run", FlagKind::kList, "RUN,...",
       "Only these runs: the event files' folders, such as train or eval; '.' is the job-dir "
       "itself."},
      {"resources", FlagKind::kSwitch, "",
       "Show what each replica used instead: CPUs, memory, bytes a second of disk and network, "
       "GPUs. "
       "A step is a second since its start."},
      {"plot", FlagKind::kSwitch, "", "Draw each series over its steps."},
      {"since-step", FlagKind::kNumber, "N", "Only points of later steps than this."},
      {"points", FlagKind::kNumber, "N",
       "At most so many points of each series, up to 10000; with --format 1000 unless given."}};
  command.examples = {"mlengine jobs metrics my_job",
                      "mlengine jobs metrics my_job --tag='loss*' --plot",
                      "mlengine jobs metrics my_job --tag=loss --format=json",
                      "mlengine jobs metrics my_job --resources --tag=cpu,memory --plot"};
  command.run = Run;
  return command;
}

}  // namespace mlengine::cli
