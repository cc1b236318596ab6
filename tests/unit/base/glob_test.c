/* Tests of base/glob. */
#include "base/glob.h"

#include "support/check.h"

static bool glob(const char *pattern, const char *text)
{
    return glob_match(bytes_of_string(pattern), bytes_of_string(text));
}

TEST(patterns_match_what_they_say)
{
    CHECK(glob("*", "") && glob("*", "abc") && glob("a*c", "abbbc") && glob("**", "x"));
    CHECK(glob("h?llo", "hello") && !glob("h?llo", "hllo"));
    CHECK(glob("h[ae]llo", "hallo") && !glob("h[ae]llo", "hillo"));
    CHECK(glob("h[^e]llo", "hallo") && !glob("h[^e]llo", "hello"));
    CHECK(glob("h[a-b]llo", "hbllo") && glob("h[b-a]llo", "hallo") && !glob("h[a-b]llo", "hcllo"));
    CHECK(glob("a\\*b", "a*b") && !glob("a\\*b", "axb"));
    CHECK(glob("[\\]]", "]") && glob("[\\-a]", "-"));
    CHECK(glob("[\x80-\x7f]", "a") && glob("[a-\xff]", "A")); /* bytes are signed here */
    CHECK(glob("a[", "a[") == false);
    CHECK(glob("a[bc", "ab"));
    CHECK(glob("", "") && !glob("", "a") && !glob("a", ""));
    CHECK(glob("*a*b*c*", "xxaxxbxxcxx") && !glob("*a*b*c*", "xxaxxcxxbxx"));
    CHECK(glob("a\\", "a\\"));
}

TEST(case_may_be_ignored)
{
    CHECK(glob_match_nocase(BYTES("H[A-C]*"), BYTES("hbX")));
    CHECK(!glob_match(BYTES("H*"), BYTES("hello")));
    CHECK(glob_is_all(BYTES("*")) && !glob_is_all(BYTES("**")));
}

/* One star after the other used to multiply the work. */
TEST(hostile_patterns_end_soon)
{
    char pattern[2001], text[20001];
    for (int i = 0; i < 2000; i += 2)
        pattern[i] = 'a', pattern[i + 1] = '*';
    memcpy(pattern + 1998, "b", 2);
    memset(text, 'a', 20000);
    text[20000] = 0;
    CHECK(!glob(pattern, text));
}
