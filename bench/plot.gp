# plot.gp -- Draws bench.dat: CPU time of the server for each request, with 50 connections.
# Called with -e "data='...'; image='...'; columns=N".
set terminal pngcairo size 900,520 font "Sans,11"
set output image
set title "CPU time of the server per request: 64 bytes, 50 connections, a million keys"
set ylabel "nanoseconds (logarithmic)"
set logscale y
set yrange [50:*]
set style data histogram
set style histogram clustered gap 1.5
set style fill solid 0.9 noborder
set boxwidth 0.9
set grid ytics lc rgb "#dddddd"
set key top right
set datafile missing "-"
plot for [i=2:columns] data using i:xtic(1) title columnheader(i) \
    lc rgb word("#c0392b #7f8c8d #2c3e50", i - 1)
