#include "cli/drill_report.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/api.h"
#include "cli/output.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

const value* At(const value& item, std::string_view key) {
  return item.is_object() ? item.get_object().if_contains(key) : nullptr;
}

std::int64_t Number(const value& item, std::string_view key) {
  const value* found = At(item, key);
  return found != nullptr && found->is_number() ? found->to_number<std::int64_t>() : 0;
}

std::string Seconds(const value& item, std::string_view key) {
  const value* found = At(item, key);
  char text[64];
  std::snprintf(text, sizeof(text), "%.2f s", found != nullptr ? found->to_number<double>() : 0.0);
  return text;
}

std::string Count(std::int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

class Text {
 public:
  explicit Text(const value& report) : report_(report) {}

  std::string Make() {
    Happened();
    Times();
    if (const value* server = At(report_, "server")) Server(*server);
    if (const value* steps = At(report_, "steps")) {
      Steps(*steps);
    } else if (At(report_, "actTime") != nullptr) {
      Add("Resumed from", "not known: its lines tell no steps, such as \"step 100\"");
    }
    if (const value* cost = At(report_, "cost")) Cost(*cost);
    for (const char* key : {"note", "error"}) {
      if (const std::string told = TextAt(report_, key); !told.empty()) Add("Note", told);
    }
    const std::string waits = TextAt(report_, "waitsFor");
    Add("Result", TextAt(report_, "result") + (waits.empty() ? "" : ": it waits for " + waits));
    std::string out;
    for (const auto& [title, text] : lines_)
      out += title + std::string(15 - std::min<std::size_t>(title.size(), 14), ' ') + text + "\n";
    return out;
  }

 private:
  void Add(std::string title, std::string text) {
    if (!lines_.empty() && title == last_) {
      lines_.emplace_back("", std::move(text));
      return;
    }
    last_ = title;
    lines_.emplace_back(std::move(title), std::move(text));
  }

  void Happened() {
    const value* exits = At(report_, "exits");
    if (exits == nullptr || !exits->is_array()) return;
    for (const value& exit : exits->get_array()) {
      const std::int64_t signal = Number(exit, "signal");
      const std::string how = signal != 0 ? "signal " + std::to_string(signal)
                                          : "status " + std::to_string(Number(exit, "exitCode"));
      Add("What happened", TextAt(exit, "replica") + " (PID " +
                               std::to_string(Number(exit, "pid")) + ") ended at " +
                               TextAt(exit, "endTime") + " by " + how + ": " +
                               TextAt(exit, "reason") + ". " + TextAt(exit, "sentence"));
    }
    if (const value* restart = At(report_, "restart")) {
      Add("What happened", "It was started again as its restart " +
                               std::to_string(Number(*restart, "number")) +
                               ", which does not count against its limit of restarts.");
    }
    if (const value* attempt = At(report_, "attempt")) {
      Add("What happened", "The job was started again as attempt " +
                               std::to_string(Number(*attempt, "number")) +
                               ", which does not count against its retries.");
    }
  }

  void Times() {
    if (At(report_, "secondsUntilEnded") != nullptr)
      Add("Ended", Seconds(report_, "secondsUntilEnded") + " after the order");
    if (At(report_, "secondsUntilRunning") != nullptr)
      Add("Ran again", "after " + Seconds(report_, "secondsUntilRunning"));
    if (At(report_, "secondsUntilProgress") != nullptr)
      Add("As far again", "after " + Seconds(report_, "secondsUntilProgress"));
  }

  void Server(const value& server) {
    std::string away;
    if (At(server, "secondsAway") != nullptr)
      away = "The server was away for " + Seconds(server, "secondsAway");
    if (At(report_, "secondsWithoutAnswer") != nullptr)
      away += (away.empty() ? "" : "; ") + std::string("seen from here it did not answer for ") +
              Seconds(report_, "secondsWithoutAnswer");
    if (!away.empty()) Add("What happened", away + ".");
    Add("Replicas", std::to_string(Number(server, "replicasRanOn")) + " of " +
                        Count(Number(server, "replicas"), "replica") +
                        " ran on, with the same PID");
    const value* same = At(server, "logBytesBeforeAreSame");
    Add("Log", Count(Number(server, "logLinesLost"), "line") + " lost, " +
                   std::to_string(Number(server, "logLinesDoubled")) + " doubled, of " +
                   Count(Number(server, "logLinesChecked"), "line") + " around the stop" +
                   (same != nullptr && same->is_bool() && !same->get_bool()
                        ? "; bytes from before it have changed"
                        : ""));
  }

  void Steps(const value& steps) {
    const std::string unit = TextAt(steps, "unit");
    const std::string before = unit + " " + std::to_string(Number(steps, "before"));
    if (At(steps, "resumedFrom") == nullptr) {
      Add("Resumed from", "not known yet; it was at " + before);
      return;
    }
    const std::string by = TextAt(steps, "resumedFromBy");
    const std::string lost = Count(Number(steps, "lost"), unit) + " lost";
    if (by == "RAN_ON") {
      Add("Resumed from",
          "it ran on at " + before + ": " + lost + " (told by " + TextAt(steps, "toldBy") + ")");
      return;
    }
    Add("Resumed from",
        unit + " " + std::to_string(Number(steps, "resumedFrom")) +
            (by == "ITS_OWN_WORDS" ? ", by its own words" : ", by its first steps") +
            "; it was at " + before + ": " + lost);
    if (Number(steps, "resumedFrom") == 0 && Number(steps, "before") > 0) {
      Add("Resumed from",
          "It began anew: it saves nothing to --job-dir, or does not look for it when it starts.");
    }
  }

  void Cost(const value& cost) {
    std::string text;
    if (At(cost, "repeatedSteps") != nullptr)
      text = Count(Number(cost, "repeatedSteps"), "repeated step") + ", ";
    text += Seconds(cost, "lostSeconds") + " of lost work, " + Seconds(cost, "replicaSeconds") +
            " of replicas' time";
    const std::string money = TextAt(cost, "text");
    text += ", " + (money.empty() ? TextAt(cost, "unknown") : money);
    if (const value* waited = At(cost, "ifOthersWaited"))
      text += " (" + TextAt(*waited, "text") + " if the other replicas waited)";
    Add("Cost", text);
  }

  const value& report_;
  std::vector<std::pair<std::string, std::string>> lines_;
  std::string last_;
};

}  // namespace

std::string DrillText(const value& report) {
  return Text(report).Make();
}

}  // namespace mlengine::cli
