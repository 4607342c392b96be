#include "base/clock.h"

#include <cstdio>
#include <ctime>
#include <ratio>

#include "base/crash_point.h"

namespace mlengine {
namespace {

class RealClock final : public Clock {
 public:
  Time Now() const override {
    return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now()) +
           std::chrono::seconds(CrashClockOffset());
  }
};

std::string FormatSecondsPart(Time t) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[32];
  const std::size_t n = std::strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%S", &parts);
  return {buffer, n};
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Reads `count` digits at `pos`; -1 when there are not that many.
int ReadNumber(std::string_view text, std::size_t& pos, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i, ++pos) {
    if (pos >= text.size() || !IsDigit(text[pos])) return -1;
    value = value * 10 + (text[pos] - '0');
  }
  return value;
}

bool ReadChar(std::string_view text, std::size_t& pos, char wanted) {
  if (pos >= text.size() || (text[pos] | 0x20) != (wanted | 0x20)) return false;
  ++pos;
  return true;
}

// The fraction after the seconds, in nanoseconds; -1 when malformed, 0 when absent.
long long ReadFraction(std::string_view text, std::size_t& pos) {
  if (pos >= text.size() || text[pos] != '.') return 0;
  ++pos;
  long long nanos = 0;
  int digits = 0;
  for (; pos < text.size() && IsDigit(text[pos]); ++pos, ++digits) {
    if (digits < 9) nanos = nanos * 10 + (text[pos] - '0');
  }
  if (digits == 0) return -1;
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

std::string FormatTimeNanos(Time t) {
  // Not by a difference: the whole second before the earliest moment is no moment.
  long long fraction = t.time_since_epoch().count() % std::nano::den;
  if (fraction < 0) fraction += std::nano::den;
  char buffer[16];
  std::snprintf(buffer, sizeof(buffer), ".%09lldZ", fraction);
  return FormatSecondsPart(t) + buffer;
}

std::string FormatTimeSeconds(Time t) {
  return FormatSecondsPart(t) + "Z";
}

Result<Time> ParseTime(std::string_view text) {
  const Status bad = InvalidArgumentError("\"" + std::string(text.substr(0, 64)) +
                                          "\" is not an RFC 3339 time like 2018-01-02T03:04:05Z");
  std::size_t pos = 0;
  const int year = ReadNumber(text, pos, 4);
  if (year < 0 || !ReadChar(text, pos, '-')) return bad;
  const int month = ReadNumber(text, pos, 2);
  if (month < 1 || !ReadChar(text, pos, '-')) return bad;
  const int day = ReadNumber(text, pos, 2);
  if (day < 1 || !ReadChar(text, pos, 'T')) return bad;
  const int hour = ReadNumber(text, pos, 2);
  if (hour < 0 || hour > 23 || !ReadChar(text, pos, ':')) return bad;
  const int minute = ReadNumber(text, pos, 2);
  if (minute < 0 || minute > 59 || !ReadChar(text, pos, ':')) return bad;
  const int second = ReadNumber(text, pos, 2);
  if (second < 0 || second > 60) return bad;
  const long long nanos = ReadFraction(text, pos);
  if (nanos < 0) return bad;
  long long offset_minutes = 0;
  if (!ReadChar(text, pos, 'Z')) {
    if (pos >= text.size() || (text[pos] != '+' && text[pos] != '-')) return bad;
    const int sign = text[pos++] == '-' ? -1 : 1;
    const int offset_hour = ReadNumber(text, pos, 2);
    if (offset_hour < 0 || offset_hour > 23 || !ReadChar(text, pos, ':')) return bad;
    const int offset_minute = ReadNumber(text, pos, 2);
    if (offset_minute < 0 || offset_minute > 59) return bad;
    offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  if (pos != text.size()) return bad;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return bad;
  const std::chrono::sys_seconds whole = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                         std::chrono::minutes(minute - offset_minutes) +
                                         std::chrono::seconds(second);
  static constexpr auto kFirst = std::chrono::ceil<std::chrono::seconds>(Time::min());
  static constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(Time::max());
  if (whole < kFirst) return Time(kFirst);
  if (whole > kLast || (whole == kLast && Nanoseconds(nanos) > Time::max() - kLast))
    return Time::max();
  return Time(whole) + Nanoseconds(nanos);
}

}  // namespace mlengine
