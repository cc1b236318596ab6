# report.awk -- From the measurements of all rounds: medians, ratios, and how they stand to the
# targets. Reads rounds.csv; writes the file named by `csv` and, for the picture, `chart`.

function median(values, count,    i, j, value)
{
    for (i = 2; i <= count; i++) {
        value = values[i]
        for (j = i - 1; j > 0 && values[j] > value; j--) values[j + 1] = values[j]
        values[j + 1] = value
    }
    if (count % 2) return values[(count + 1) / 2]
    return (values[count / 2] + values[count / 2 + 1]) / 2
}

# Over the rounds, of one field; "" if not measured.
function median_of(scenario, server, field,    round, count, values)
{
    for (round = 1; round <= rounds; round++)
        if ((round, scenario, server, field) in cell)
            values[++count] = cell[round, scenario, server, field]
    return count ? median(values, count) : ""
}

function ratio_of(scenario, server, other, field,    round, count, values, below)
{
    for (round = 1; round <= rounds; round++) {
        if (!((round, scenario, server, field) in cell)) continue
        if (!((round, scenario, other, field) in cell)) continue
        below = cell[round, scenario, other, field]
        if (below > 0) values[++count] = cell[round, scenario, server, field] / below
    }
    return count ? median(values, count) : ""
}

function number(value, format) { return value == "" ? "-" : sprintf(format, value) }

function scenario_text(scenario,    part)
{
    split(scenario, part, ",")
    return sprintf("%-4s %6d %6d %5d", part[1], part[4], part[2], part[3])
}

function print_costs(    i, s)
{
    printf "\n%-24s  %32s  %26s  %23s\n", "", "requests/s (thousands)",
        "server CPU ns/request", "CPU ratio"
    printf "%-4s %6s %6s %5s  %8s %7s %7s %7s  %6s %6s %6s %5s  %7s %7s %7s\n", "", "bytes",
        "conns", "pipe", "torc", "2shards", "redis", "limit", "torc", "2shard", "redis", "limit",
        "t:redis", "t:limit", "l:redis"
    for (i = 1; i <= scenarios; i++) {
        s = name[i]
        printf "%s  %8s %7s %7s %7s  %6s %6s %6s %5s  %7s %7s %7s\n", scenario_text(s),
            thousands(s, "torc"), thousands(s, "torc-2"), thousands(s, "redis"),
            thousands(s, "limit"), number(median_of(s, "torc", CPU), "%.0f"),
            number(median_of(s, "torc-2", CPU), "%.0f"),
            number(median_of(s, "redis", CPU), "%.0f"),
            number(median_of(s, "limit", CPU), "%.0f"),
            number(ratio_of(s, "torc", "redis", CPU), "%.2f"),
            number(ratio_of(s, "torc", "limit", CPU), "%.2f"),
            number(ratio_of(s, "limit", "redis", CPU), "%.2f")
    }
}

function thousands(scenario, server,    value)
{
    value = median_of(scenario, server, REQUESTS)
    return value == "" ? "-" : sprintf("%.1f", value / 1000)
}

function triple(scenario, server)
{
    if (median_of(scenario, server, P50) == "") return "-"
    return sprintf("%.0f / %.0f / %.0f", median_of(scenario, server, P50),
        median_of(scenario, server, P50 + 1), median_of(scenario, server, P50 + 2))
}

function print_latencies(    i)
{
    printf "\nlatency of a batch, microseconds: p50 / p99 / p99.9\n"
    printf "%-4s %6s %6s %5s  %24s %24s %24s %24s\n", "", "bytes", "conns", "pipe", "torc",
        "2 shards", "redis", "limit"
    for (i = 1; i <= scenarios; i++)
        printf "%s  %24s %24s %24s %24s\n", scenario_text(name[i]), triple(name[i], "torc"),
            triple(name[i], "torc-2"), triple(name[i], "redis"), triple(name[i], "limit")
}

function target(text, value, bound, is_floor,    verdict)
{
    verdict = "not measured"
    if (value != "") {
        verdict = (is_floor ? value >= bound : value <= bound) ? "PASS" : "short"
        value = sprintf("%.2f", value)
    }
    printf "  %-48s %s %.2f  %6s  %s\n", text, is_floor ? ">=" : "<=", bound, value, verdict
}

function cpu_target(scenario, server, other, bound)
{
    target(target_text(scenario, "CPU", server, other),
        ratio_of(scenario, server, other, CPU), bound)
}

function speed_target(scenario)
{
    target(target_text(scenario, "requests/s", "torc-2", "torc"),
        ratio_of(scenario, "torc-2", "torc", REQUESTS), 1, 1)
}

function target_text(scenario, what, server, other,    part)
{
    split(scenario, part, ",")
    return sprintf("%s pipeline %2d: %s, %s : %s", part[1], part[3], what, server, other)
}

function print_targets(    i, command)
{
    printf "\ntargets: 64 bytes, 50 connections; torc-2 is torc with two shards\n"
    for (i = 1; i <= 2; i++) {
        command = i == 1 ? "get" : "set"
        cpu_target(command ",50,1,64", "torc", "redis", 0.75)
        cpu_target(command ",50,1,64", "torc", "limit", 1.25)
        cpu_target(command ",50,16,64", "torc", "redis", 0.5)
        cpu_target(command ",50,16,64", "torc", "limit", 1.8)
        cpu_target(command ",50,64,64", "torc", "redis", 0.35)
        cpu_target(command ",50,16,64", "torc-2", "torc", 1.5)
        speed_target(command ",50,16,64")
        speed_target(command ",50,1,64")
    }
}

function write_csv(    i, j, server, field, line)
{
    print "server,command,connections,pipeline,value_bytes,requests_per_s,cpu_ns_per_request," \
        "p50_us,p99_us,p999_us,max_us,load_busy" >csv
    for (i = 1; i <= scenarios; i++) {
        for (j = 1; j <= servers; j++) {
            if (median_of(name[i], server_name[j], CPU) == "") continue
            line = server_name[j] "," name[i]
            for (field = REQUESTS; field <= LAST; field++)
                line = line "," median_of(name[i], server_name[j], field)
            print line >csv
        }
    }
    close(csv)
}

function write_chart(    i, j, part, line)
{
    line = "scenario"
    for (j = 1; j <= servers; j++)
        if (server_name[j] != "torc-2") line = line " " server_name[j]
    print line >chart
    for (i = 1; i <= scenarios; i++) {
        split(name[i], part, ",")
        if (part[2] != 50 || part[4] != 64) continue
        line = sprintf("\"%s x%d\"", toupper(part[1]), part[3])
        for (j = 1; j <= servers; j++)
            if (server_name[j] != "torc-2")
                line = line " " median_of(name[i], server_name[j], CPU)
        print line >chart
    }
    close(chart)
}

BEGIN {
    FS = ","
    REQUESTS = 7; CPU = 8; P50 = 9; LAST = 13 # columns of rounds.csv
}

NR > 1 {
    scenario = $3 "," $4 "," $5 "," $6
    if (!(scenario in seen)) { seen[scenario] = 1; name[++scenarios] = scenario }
    if (!($2 in server_seen)) { server_seen[$2] = 1; server_name[++servers] = $2 }
    if ($1 > rounds) rounds = $1
    for (field = REQUESTS; field <= LAST; field++) cell[$1, scenario, $2, field] = $field
}

END {
    print_costs()
    print_latencies()
    print_targets()
    write_csv()
    write_chart()
}
