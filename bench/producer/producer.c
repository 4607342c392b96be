/* What the log benchmarks run as a job: writes lines of 120 bytes to its standard output.

   producer flood LINES START_FILE   as fast as it can; the middle line holds the word needle_in_a_haystack.
                                     START_FILE gets the moment of the first write, ns since 1970.
   producer paced RATE SECONDS       RATE lines a second, each begins with the moment of its write, ns since 1970. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kLine = 120, kLines = 4096 };

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void write_all(const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t n = write(1, bytes, count);
    if (n <= 0) exit(1);
    bytes += n;
    count -= (size_t)n;
  }
}

static void fill(char* line, long long number) {
  memset(line, 'x', kLine);
  const int length = snprintf(line, kLine, "%019lld step of the program, loss 0.", number);
  line[length] = 'y';
  line[kLine - 1] = '\n';
}

static void flood(long long lines, const char* start_file) {
  char* buffer = malloc((size_t)kLine * kLines);
  FILE* start = fopen(start_file, "w");
  if (buffer == NULL || start == NULL) exit(2);
  fprintf(start, "%lld\n", now_ns());
  fclose(start);
  for (long long at = 0; at < lines;) {
    int count = 0;
    for (; count < kLines && at < lines; ++count, ++at) {
      fill(buffer + (size_t)count * kLine, at);
      if (at == lines / 2) memcpy(buffer + (size_t)count * kLine + 70, " needle_in_a_haystack ", 22);
    }
    write_all(buffer, (size_t)count * kLine);
  }
}

static void paced(long rate, long seconds) {
  const long long start = now_ns();
  char line[kLine];
  for (long long at = 0; at < (long long)rate * seconds; ++at) {
    const long long due = start + at * 1000000000LL / rate;
    for (long long left = due - now_ns(); left > 0; left = due - now_ns()) {
      const struct timespec rest = {0, left < 1000000 ? (long)left : 1000000};
      nanosleep(&rest, NULL);
    }
    fill(line, now_ns());
    write_all(line, kLine);
  }
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "flood") == 0) flood(atoll(argv[2]), argv[3]);
  else if (argc == 4 && strcmp(argv[1], "paced") == 0) paced(atol(argv[2]), atol(argv[3]));
  else return 2;
  return 0;
}
