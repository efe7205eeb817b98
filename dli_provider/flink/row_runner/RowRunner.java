package dli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.NullNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.TextNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SourceOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsOverwrite;
import org.apache.flink.table.connector.sink.abilities.SupportsPartitioning;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.delegation.Executor;
import org.apache.flink.table.delegation.InternalPlan;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.LookupFunction;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.command.SetOperation;
import org.apache.flink.table.operations.ddl.CreateTableOperation;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * Rows in, rows out: runs one script after the other on a Flink in this process. Each of its tables is fed from, or
 * writes into, memory; what a table stands for decides its abilities. Options are not looked at, save those.
 *
 * <p>Reads one JSON object a line, and answers each with one line. Python's side, {@code row_runner.py}, says what they
 * hold. It ends with its input, and so with whoever started it.
 *
 * <p>After the rows of each table a checkpoint is taken: when its barrier has come through, so has every row before it.
 * So nothing here waits for a while and hopes.
 */
public final class RowRunner implements DynamicTableSourceFactory, DynamicTableSinkFactory {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOR = "rows.for";
    private static final String CONNECTOR = "rows";
    private static final Pattern PLACE = Pattern.compile("line (\\d+), column (\\d+)");

    // What only changes this planner's own catalog. Everything else could reach for files or other systems.
    private static final Set<String> DEFINES = Set.of(
            "CreateTableOperation", "CreateViewOperation", "CreateTempSystemFunctionOperation",
            "CreateCatalogFunctionOperation", "CreateDatabaseOperation", "UseDatabaseOperation", "UseCatalogOperation",
            "ResetOperation", "BeginStatementSetOperation", "EndStatementSetOperation");

    // Feeds and records of runs, by a key that sources and sinks carry: all of it is one process.
    private static final Map<String, Feed> FEEDS = new ConcurrentHashMap<>();
    private static final Map<String, List<JsonNode>> WRITTEN = new ConcurrentHashMap<>();
    private static volatile Run current;
    // Rows that came behind their watermark and were left out, as Flink's operators count them.
    private static final Set<Counter> LATE = ConcurrentHashMap.newKeySet();

    public static void main(String[] where) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Whatever else prints must not come between the answers.
        System.setOut(System.err);
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        MiniCluster flink = cluster(where[0], Integer.parseInt(where[1]));
        long number = 0;
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            Run run = new Run(flink, "run" + number++, JSON.readTree(line));
            current = run;
            try {
                run.all();
            } catch (Throwable trouble) {
                run.failed(trouble);
            } finally {
                run.end();
            }
            answers.println(JSON.writeValueAsString(run.answer));
        }
        Runtime.getRuntime().halt(0); // Flink leaves threads behind that are no daemons
    }

    private static MiniCluster cluster(String home, int slots) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("rest.address", "127.0.0.1");
        settings.setString("rest.bind-address", "127.0.0.1");
        settings.setString("rest.bind-port", "0");
        settings.setString("web.submit.enable", "false");
        settings.setString("io.tmp.dirs", home);
        settings.setString("taskmanager.memory.managed.size", 48 * slots + "mb");
        settings.setString("taskmanager.memory.network.min", "64mb");
        settings.setString("taskmanager.memory.network.max", "64mb");
        settings.setString("heartbeat.timeout", "300000");
        settings.setString("metrics.reporters", "late");
        settings.setString("metrics.reporter.late.factory.class", LateRows.class.getName());
        MiniCluster flink = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        flink.start();
        return flink;
    }

    // -- one run ------------------------------------------------------------------------------------------------------

    /** One script, from its text to what its sinks were given. */
    private static final class Run {
        final MiniCluster flink;
        final String key;
        final JsonNode asked;
        final ObjectNode answer = JSON.createObjectNode();
        final Map<String, Feed> feeds = new LinkedHashMap<>();
        final Map<String, ResolvedSchema> sinks = new LinkedHashMap<>();
        final Map<String, Integer> reported = new HashMap<>();
        String phase = "plan";
        String about = "";
        int statement = -1;
        int step = -1;
        JobID job;
        Set<JobVertexID> ending = Collections.emptySet();
        int vertices;

        Run(MiniCluster flink, String key, JsonNode asked) {
            this.flink = flink;
            this.key = key;
            this.asked = asked;
        }

        void all() throws Exception {
            Configuration settings = new Configuration();
            texts(asked.get("settings")).forEach(settings::setString);
            TableEnvironmentImpl tables = (TableEnvironmentImpl) TableEnvironment.create(
                    EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
            for (JsonNode jar : asked.path("jars")) {
                tables.executeSql("ADD JAR '" + jar.asText().replace("'", "''") + "'");
            }
            List<ModifyOperation> writes = new ArrayList<>();
            for (JsonNode each : asked.get("statements")) {
                statement++;
                for (Operation operation : tables.getParser().parse(each.asText())) {
                    take(tables, operation, writes);
                }
            }
            statement = -1;
            // What a run depends on is not the script's to decide.
            texts(asked.get("pinned")).forEach((name, value) -> tables.getConfig().set(name, value));
            JobGraph graph = planned(tables, writes);
            phase = "rows";
            ZoneId zone = tables.getConfig().getLocalTimeZone();
            about = "before";
            JsonNode before = asked.path("before");
            for (Iterator<String> names = before.fieldNames(); names.hasNext(); ) {
                String table = names.next();
                if (feeds.containsKey(table)) { // the new script may not read it any more
                    feeds.get(table).add(before.get(table), zone, true);
                }
            }
            about = "expected";
            read(zone);
            about = "given";
            if (asked.path("only_plan").asBoolean()) {
                return;
            }
            if (!asked.path("restore").asText("").isEmpty()) {
                graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(
                        asked.get("restore").asText(), asked.path("ignore_unclaimed").asBoolean()));
            }
            phase = "start";
            job = flink.submitJob(graph).get().getJobID();
            until(this::running);
            phase = "run";
            steps(zone);
        }

        private void steps(ZoneId zone) throws Exception {
            ArrayNode steps = answer.putArray("steps");
            ArrayNode late = answer.putArray("late");
            long counted = 0;
            settle(false); // what comes of rows that were there before, such as those of a source that begins anew
            report(answer.putObject("at_start"));
            for (JsonNode each : asked.get("steps")) {
                step++;
                JsonNode rows = each.path("rows");
                for (Iterator<String> names = rows.fieldNames(); names.hasNext(); ) {
                    String table = names.next();
                    phase = "rows";
                    Feed feed = feeds.get(table);
                    if (feed == null) {
                        throw new Misfit(table, 0, "", "the SQL does not read it; it reads " + feeds.keySet());
                    }
                    feed.add(rows.get(table), zone, false);
                    phase = "run";
                    settle(true);
                }
                if (!each.path("time").asText("").isEmpty()) {
                    long time = each.get("time").asText().equals("end")
                            ? Long.MAX_VALUE
                            : Values.instant(each.get("time").asText(), zone).toEpochMilli();
                    feeds.values().forEach(feed -> feed.add(time));
                    settle(true);
                }
                report(steps.addObject());
                late.add(late() - counted);
                counted = late();
            }
            if (!asked.path("savepoint").asText("").isEmpty()) {
                phase = "savepoint";
                answer.put("savepoint", savepoint(asked.get("savepoint").asText()));
            }
        }

        private long late() {
            return LATE.stream().mapToLong(Counter::getCount).sum();
        }

        /** Stops the job with a savepoint. One that has ended by itself, or does so meanwhile, has none to give. */
        private String savepoint(String folder) throws Exception {
            if (feeds.values().stream().anyMatch(feed -> feed.ends)) {
                if (ending.size() == vertices) {
                    throw new IllegalStateException("the job ends by itself, as all that it reads is read once:"
                            + " it has no state to go on from");
                }
                until(this::atRest);
            }
            CompletableFuture<String> taken = flink.stopWithSavepoint(job, folder, false, SavepointFormatType.CANONICAL);
            until(taken::isDone);
            return taken.get();
        }

        /** Until what was fed is written, all of it. */
        private void settle(boolean stepped) throws Exception {
            for (Feed feed : feeds.values()) {
                feed.open(stepped);
            }
            until(() -> feeds.values().stream().allMatch(Feed::through));
            while (flink.getJobStatus(job).get() == JobStatus.RUNNING) {
                // Never waited for alone: a task or a job that ends meanwhile says nothing, and there is no answer.
                long ended = ended();
                CompletableFuture<?> taken = flink.triggerCheckpoint(job);
                until(() -> taken.isDone() || flink.getJobStatus(job).get() != JobStatus.RUNNING || ended() != ended);
                if (!taken.isDone()) {
                    continue;
                }
                try {
                    taken.get();
                    return;
                } catch (ExecutionException declined) {
                    // While tasks end, such as the source of a table that is read once, a checkpoint may be declined.
                    if (feeds.values().stream().noneMatch(feed -> feed.once)) {
                        fail();
                        throw declined;
                    }
                    Thread.sleep(10);
                }
            }
            until(() -> true);
        }

        private interface Wish {
            boolean granted() throws Exception;
        }

        private void until(Wish wish) throws Exception {
            while (true) {
                fail();
                if (wish.granted()) {
                    return;
                }
                Thread.sleep(4);
            }
        }

        private void fail() throws Exception {
            if (flink.getJobStatus(job).get() == JobStatus.FAILED) {
                Throwable cause = flink.requestJobResult(job).get().getSerializedThrowable()
                        .map(each -> each.deserializeError(RowRunner.class.getClassLoader()))
                        .orElse(new IllegalStateException("the job failed, and Flink does not say why"));
                throw new Stopped(cause);
            }
        }

        /** How many tasks have ended; only what is read once ends. */
        private long ended() throws Exception {
            if (ending.isEmpty()) {
                return 0;
            }
            long ended = 0;
            for (AccessExecutionVertex vertex : flink.getExecutionGraph(job).get().getAllExecutionVertices()) {
                ended += vertex.getExecutionState() == ExecutionState.FINISHED ? 1 : 0;
            }
            return ended;
        }

        /** Whether all has ended that ends by itself: a savepoint is asked of the others alone. */
        private boolean atRest() throws Exception {
            AccessExecutionGraph graph = flink.getExecutionGraph(job).get();
            return ending.stream().allMatch(each ->
                    graph.getJobVertex(each).getAggregateState() == ExecutionState.FINISHED);
        }

        /** The tasks of a job that end by themselves: sources that are read once, and what has no other input. */
        private static Set<JobVertexID> ending(StreamGraph graph, JobGraph job) {
            Set<String> once = new TreeSet<>();
            for (StreamNode node : graph.getStreamNodes()) {
                StreamOperatorFactory<?> factory = node.getOperatorFactory();
                if (factory instanceof SourceOperatorFactory
                        && ((SourceOperatorFactory<?>) factory).getBoundedness() == Boundedness.BOUNDED) {
                    once.add(node.getOperatorName());
                }
            }
            Set<JobVertexID> found = new LinkedHashSet<>();
            for (JobVertex vertex : job.getVerticesSortedTopologicallyFromSources()) {
                boolean ends = vertex.isInputVertex()
                        ? once.stream().anyMatch(name -> (vertex.getName() + " ->").startsWith(name + " ->"))
                        : vertex.getInputs().stream().allMatch(each -> found.contains(each.getSource().getProducer().getID()));
                if (ends) {
                    found.add(vertex.getID());
                }
            }
            return found;
        }

        private boolean running() throws Exception {
            JobStatus status = flink.getJobStatus(job).get();
            if (status != JobStatus.RUNNING) {
                return status.isTerminalState();
            }
            for (AccessExecutionVertex vertex : flink.getExecutionGraph(job).get().getAllExecutionVertices()) {
                ExecutionState state = vertex.getExecutionState();
                if (state != ExecutionState.RUNNING && state != ExecutionState.FINISHED) {
                    return false;
                }
            }
            return true;
        }

        /** What was written since the last time. */
        private void report(ObjectNode into) {
            for (String sink : sinks.keySet()) {
                List<JsonNode> written = WRITTEN.get(key + "/" + sink);
                ArrayNode rows = into.putArray(sink);
                synchronized (written) {
                    written.subList(reported.getOrDefault(sink, 0), written.size()).forEach(rows::add);
                    reported.put(sink, written.size());
                }
            }
        }

        /** Expected rows in the form that written ones have, so that both can be compared as texts. */
        private void read(ZoneId zone) {
            ObjectNode into = answer.putObject("read");
            JsonNode expected = asked.path("read");
            for (Iterator<String> names = expected.fieldNames(); names.hasNext(); ) {
                String sink = names.next();
                if (!sinks.containsKey(sink)) {
                    throw new Misfit(sink, 0, "", "the SQL does not write it; it writes " + sinks.keySet());
                }
                ArrayNode rows = into.putArray(sink);
                Map<String, LogicalType> types = new LinkedHashMap<>();
                sinks.get(sink).getColumns().stream().filter(Column::isPersisted)
                        .forEach(column -> types.put(column.getName(), column.getDataType().getLogicalType()));
                int number = 0;
                for (JsonNode row : expected.get(sink)) {
                    number++;
                    ObjectNode texts = rows.addObject();
                    for (Iterator<String> columns = row.fieldNames(); columns.hasNext(); ) {
                        String column = columns.next();
                        if (!types.containsKey(column)) {
                            throw new Misfit(sink, number, column, "there is no such column; it has " + types.keySet());
                        }
                        LogicalType type = types.get(column);
                        Object value = Misfit.at(sink, number, column, () -> Values.read(type, row.get(column), zone));
                        texts.set(column, Values.text(type, value));
                    }
                }
            }
        }

        void failed(Throwable trouble) {
            Throwable cause = trouble;
            Misfit misfit = null;
            String place = "";
            String causes = "";
            while (true) {
                if (cause instanceof Misfit) {
                    misfit = (Misfit) cause;
                }
                Matcher found = PLACE.matcher(String.valueOf(cause.getMessage()));
                if (place.isEmpty() && found.find()) {
                    place = found.group();
                }
                causes = causes + "\n" + cause.getClass().getSimpleName() + ": " + cause.getMessage();
                if (cause.getCause() == null) {
                    break;
                }
                cause = cause.getCause();
            }
            answer.put("phase", misfit != null ? "rows" : phase);
            answer.put("statement", statement);
            answer.put("place", place);
            answer.put("error", String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()));
            answer.put("told", causes.trim());
            if (misfit != null) {
                answer.put("error", misfit.getMessage());
                answer.put("table", misfit.table);
                answer.put("row", misfit.row);
                answer.put("column", misfit.column);
                answer.put("about", about);
                answer.put("step", step);
            }
        }

        void end() throws Exception {
            if (job != null) {
                if (!flink.getJobStatus(job).get().isGloballyTerminalState()) {
                    flink.cancelJob(job).get();
                }
                flink.requestJobResult(job).get();
            }
            LATE.clear();
            FEEDS.keySet().removeIf(each -> each.startsWith(key + "/"));
            WRITTEN.keySet().removeIf(each -> each.startsWith(key + "/"));
        }

        // -- planning -------------------------------------------------------------------------------------------------

        private JobGraph planned(TableEnvironmentImpl tables, List<ModifyOperation> writes) throws Exception {
            Configuration own = tables.getConfig().getConfiguration();
            InternalPlan plan = tables.getPlanner().compilePlan(writes);
            JsonNode nodes = JSON.readTree(plan.asJsonString());
            Set<String> clocks = new TreeSet<>();
            boolean[] bundles = {false};
            look(nodes, clocks, bundles);
            for (JsonNode node : nodes.path("nodes")) {
                within(nodes, node, clocks);
            }
            clocks.forEach(answer.putArray("clocks")::add);
            if (bundles[0]) {
                // Rows that are gathered for a while of this machine's time are gathered until the next checkpoint.
                tables.getConfig().set("table.exec.mini-batch.allow-latency", "1 d");
            }
            List<Transformation<?>> transformations = tables.getPlanner().translate(writes);
            Field executor = TableEnvironmentImpl.class.getDeclaredField("execEnv");
            executor.setAccessible(true);
            StreamGraph graph = (StreamGraph) ((Executor) executor.get(tables)).createPipeline(transformations, own, key);
            ObjectNode columns = answer.putObject("columns");
            ObjectNode keys = answer.putObject("keys");
            sinks.forEach((sink, schema) -> {
                ArrayNode names = columns.putArray(sink);
                schema.getColumns().stream().filter(Column::isPersisted).forEach(each -> names.add(each.getName()));
                ArrayNode parts = keys.putArray(sink);
                schema.getPrimaryKey().ifPresent(each -> each.getColumns().forEach(parts::add));
            });
            ObjectNode reads = answer.putObject("reads");
            feeds.forEach((table, feed) -> {
                ArrayNode names = reads.putArray(table);
                feed.columns.keySet().forEach(names::add);
            });
            JobGraph made = graph.getJobGraph();
            ending = ending(graph, made);
            vertices = made.getNumberOfVertices();
            for (JsonNode jar : asked.path("jars")) {
                made.addJar(new org.apache.flink.core.fs.Path(jar.asText()));
            }
            return made;
        }

        /** What in a plan depends on when it runs, in words; and whether rows are gathered by this machine's time. */
        private static void look(JsonNode node, Set<String> clocks, boolean[] bundles) {
            String function = node.path("internalName").asText("");
            Matcher clock = CLOCKS.matcher(function);
            if (clock.matches()) {
                clocks.add(clock.group(1).replace("_MATERIALIZE", "()"));
            }
            if (function.startsWith("$UNIX_TIMESTAMP$") && node.path("operands").isEmpty()) {
                clocks.add("UNIX_TIMESTAMP()");
            }
            JsonNode time = node.path("timeAttributeType");
            JsonNode field = node.path("timeField").path("fieldType"); // of windows in GROUP BY
            if (time.toString().contains("PROCTIME") || field.toString().contains("PROCTIME")) {
                clocks.add("a window of processing time");
            }
            if (node.has("leftTimeIndex") && !node.path("isEventTime").asBoolean(true)) {
                clocks.add("a join within an interval of processing time");
            }
            if (node.path("miniBatchInterval").path("mode").asText().equals("ProcTime")) {
                bundles[0] = true;
            }
            for (JsonNode each : node) {
                look(each, clocks, bundles);
            }
        }

        /** What a row of a plan forgets after a while of processing time. That rows are taken as they come is no such case. */
        private static void within(JsonNode plan, JsonNode node, Set<String> clocks) {
            for (JsonNode group : node.path("overSpec").path("groups")) {
                boolean range = !group.path("isRows").asBoolean() && group.path("lowerBound").path("kind").asText().equals("BOUNDED_WINDOW");
                if (range && byProcessingTime(plan, node, group.path("orderBy"))) {
                    clocks.add("a range of processing time in OVER");
                }
            }
            JsonNode match = node.path("matchSpec");
            if (match.path("interval").isObject() && byProcessingTime(plan, node, match.path("orderBy"))) {
                clocks.add("a pattern within an interval of processing time");
            }
        }

        private static boolean byProcessingTime(JsonNode plan, JsonNode node, JsonNode order) {
            int at = order.path("fields").path(0).path("index").asInt(-1);
            for (JsonNode edge : plan.path("edges")) {
                for (JsonNode input : plan.path("nodes")) {
                    boolean before = edge.path("target").equals(node.path("id")) && edge.path("source").equals(input.path("id"));
                    if (before && input.path("outputType").path("fields").path(at).toString().contains("PROCTIME")) {
                        return true;
                    }
                }
            }
            return false;
        }

        private void take(TableEnvironmentImpl tables, Operation operation, List<ModifyOperation> writes) throws Exception {
            String kind = operation.getClass().getSimpleName();
            if (operation instanceof SetOperation) {
                SetOperation set = (SetOperation) operation;
                if (set.getKey().isPresent()) {
                    tables.getConfig().getConfiguration().setString(set.getKey().get(), set.getValue().orElse(""));
                }
            } else if (kind.equals("CreateTableASOperation")) {
                // A table and an INSERT in one: the accessors have the same names in all versions that have them.
                Operation table = (Operation) operation.getClass().getMethod("getCreateTableOperation").invoke(operation);
                tables.executeInternal(fed((CreateTableOperation) table));
                Method write = Arrays.stream(operation.getClass().getMethods())
                        .filter(each -> each.getName().equals("toSinkModifyOperation"))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("no INSERT in CREATE TABLE AS"));
                writes.add((ModifyOperation) write.invoke(operation, tables.getCatalogManager()));
            } else if (kind.equals("StatementSetOperation")) {
                for (Object each : (List<?>) operation.getClass().getMethod("getOperations").invoke(operation)) {
                    writes.add((ModifyOperation) each);
                }
            } else if (operation instanceof ModifyOperation) {
                writes.add((ModifyOperation) operation);
            } else if (operation instanceof CreateTableOperation) {
                tables.executeInternal(fed((CreateTableOperation) operation));
            } else if (DEFINES.contains(kind)) {
                if (!kind.endsWith("StatementSetOperation")) {
                    tables.executeInternal(operation);
                }
            } else {
                throw new IllegalArgumentException("not run here: " + kind.replace("Operation", ""));
            }
        }

        /** The same table, on our connector. */
        private static CreateTableOperation fed(CreateTableOperation create) {
            CatalogTable table = create.getCatalogTable();
            Map<String, String> options = new HashMap<>(table.getOptions());
            String real = options.getOrDefault("connector", options.getOrDefault("connector.type", ""));
            if (!real.equals(CONNECTOR)) { // a table LIKE another one has this already
                options.put(FOR, real.toLowerCase());
            }
            options.put("connector", CONNECTOR);
            options.keySet().removeIf(each -> each.startsWith("scan.watermark."));
            // A watermark after each row: that does not depend on how quick this machine is.
            options.put("scan.watermark.emit.strategy", "on-event");
            return new CreateTableOperation(
                    create.getTableIdentifier(), table.copy(options), create.isIgnoreIfExists(), create.isTemporary());
        }

        private static Map<String, String> texts(JsonNode node) {
            Map<String, String> found = new LinkedHashMap<>();
            node.fields().forEachRemaining(each -> found.put(each.getKey(), each.getValue().asText()));
            return found;
        }
    }

    private static final Pattern CLOCKS = Pattern.compile(
            "\\$(CURRENT_TIMESTAMP|CURRENT_ROW_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIME|LOCALTIMESTAMP|NOW"
                    + "|PROCTIME_MATERIALIZE|UUID|RAND|RAND_INTEGER)\\$\\d+");

    /** Keeps the counters of late rows that Flink makes. */
    public static final class LateRows implements MetricReporter, MetricReporterFactory {
        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return this;
        }

        @Override
        public void open(MetricConfig settings) {}

        @Override
        public void close() {}

        @Override
        public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
            if (name.equals("numLateRecordsDropped") && metric instanceof Counter) {
                LATE.add((Counter) metric);
            }
        }

        @Override
        public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
            // What a task that has ended counted is asked for afterwards: a run takes its counters away itself.
        }
    }

    /** A job that Flink has ended. */
    private static final class Stopped extends Exception {
        Stopped(Throwable cause) {
            super("the job failed", cause);
        }
    }

    /** A row that does not fit its table. */
    private static final class Misfit extends RuntimeException {
        final String table;
        final int row;
        final String column;

        Misfit(String table, int row, String column, String message) {
            super(message);
            this.table = table;
            this.row = row;
            this.column = column;
        }

        interface Reading {
            Object value();
        }

        static Object at(String table, int row, String column, Reading reading) {
            try {
                return reading.value();
            } catch (RuntimeException unfit) {
                throw new Misfit(table, row, column, unfit.getMessage());
            }
        }
    }

    // -- feeds --------------------------------------------------------------------------------------------------------

    /** What a table is read from: rows and moments of event time, handed out as far as it is open. */
    private static final class Feed {
        final String table;
        final String real;
        final Map<String, Column> columns = new LinkedHashMap<>();
        final Set<String> computed = new TreeSet<>();
        final ChangelogMode mode;
        final List<String> primaryKey;
        final boolean once;
        final boolean afresh;
        private final List<Object> events = new ArrayList<>(); // rows with all columns, and moments
        private int had; // before this run
        private int opened;
        private int reached;
        private boolean scanned;
        private boolean ends;
        private boolean over;
        private int reading; // tasks that read it
        private CompletableFuture<Void> more = new CompletableFuture<>();

        Feed(String table, ResolvedCatalogTable resolved) {
            this.table = table;
            this.real = realConnector(resolved);
            this.mode = sourceMode(resolved);
            this.once = readOnce(resolved);
            this.afresh = beginsAfresh(resolved);
            primaryKey = resolved.getResolvedSchema().getPrimaryKey()
                    .map(each -> each.getColumns()).orElse(Collections.emptyList());
            for (Column column : resolved.getResolvedSchema().getColumns()) {
                if (column instanceof Column.ComputedColumn) {
                    computed.add(column.getName());
                    continue;
                }
                columns.put(column.getName(), column);
            }
        }

        synchronized void add(JsonNode rows, ZoneId zone, boolean before) {
            if (once && !before && had + events.size() > 0 && scanned) {
                throw new Misfit(table, 1, "", "a table of " + real + " is read once: it has no rows of a later step");
            }
            int number = 0;
            for (JsonNode row : rows) {
                number++;
                events.add(row(row, number, zone));
            }
            if (before) {
                had = events.size();
                opened = had;
            }
        }

        synchronized void add(long time) {
            events.add(time);
        }

        private GenericRowData row(JsonNode given, int number, ZoneId zone) {
            RowKind kind = kind(given.get(0).asText(), number);
            JsonNode values = given.get(1);
            for (Iterator<String> names = values.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                if (!columns.containsKey(name)) {
                    throw new Misfit(table, number, name, computed.contains(name)
                            ? "it is computed from other columns: give those, of " + columns.keySet()
                            : "there is no such column to read; it has " + columns.keySet());
                }
            }
            GenericRowData row = new GenericRowData(kind, columns.size());
            int at = 0;
            for (Column column : columns.values()) {
                LogicalType type = column.getDataType().getLogicalType();
                JsonNode value = values.path(column.getName());
                boolean dropped = kind == RowKind.DELETE && mode.equals(ChangelogMode.upsert())
                        && !primaryKey.contains(column.getName());
                Object read = dropped ? null
                        : Misfit.at(table, number, column.getName(), () -> Values.read(type, value, zone));
                if (read == null && !type.isNullable() && !dropped) {
                    throw new Misfit(table, number, column.getName(), "it may not be null: " + type);
                }
                row.setField(at++, read);
            }
            return row;
        }

        private RowKind kind(String op, int number) {
            RowKind kind = op.isEmpty() || op.equals("+I") ? RowKind.INSERT
                    : op.equals("-U") ? RowKind.UPDATE_BEFORE
                    : op.equals("+U") ? RowKind.UPDATE_AFTER
                    : op.equals("-D") ? RowKind.DELETE : null;
            if (kind == null) {
                throw new Misfit(table, number, "op", "'" + op + "' is none of +I, -U, +U, -D");
            }
            if (mode.equals(ChangelogMode.upsert())) { // as its real source says: a value, or none
                if (kind == RowKind.UPDATE_BEFORE) {
                    throw new Misfit(table, number, "op", "-U never comes from " + real + ": a later row takes its place");
                }
                return kind == RowKind.DELETE ? kind : RowKind.UPDATE_AFTER;
            }
            // A table that is looked up, by its key, may change; one that is read as a stream only grows.
            if (mode.equals(ChangelogMode.insertOnly()) && kind != RowKind.INSERT && scanned) {
                throw new Misfit(table, number, "op", op + " never comes from " + real + " in its format: it only adds rows");
            }
            return kind;
        }

        /** Let the source have all there is. */
        synchronized void open(boolean stepped) {
            opened = events.size();
            ends |= once && stepped; // not before it has the rows of the first step
            CompletableFuture<Void> waiting = more;
            more = new CompletableFuture<>();
            waiting.complete(null);
        }

        synchronized boolean through() {
            // After a savepoint that was taken when all of it had been read, no task begins to read it again.
            boolean read = once && reading == 0;
            return !scanned || over || read || (reached >= opened && !ends);
        }

        synchronized void read(int more) {
            reading += more;
        }

        synchronized void scanned() {
            scanned = true;
        }

        synchronized int beginning() {
            return afresh ? 0 : had;
        }

        synchronized void reached(int at) {
            reached = Math.max(reached, at);
        }

        synchronized Object next(int at) {
            return at < opened ? events.get(at) : null;
        }

        synchronized CompletableFuture<Void> more(int at) {
            return at < opened || ends ? CompletableFuture.completedFuture(null) : more;
        }

        synchronized boolean over() {
            over = ends;
            return over;
        }

        /** The rows that a look-up finds: what was changed or taken back is. */
        synchronized List<GenericRowData> rows() {
            Map<Object, GenericRowData> found = new LinkedHashMap<>();
            int number = 0;
            for (Object event : events.subList(0, opened)) {
                if (!(event instanceof GenericRowData)) {
                    continue;
                }
                GenericRowData row = (GenericRowData) event;
                Object identity = primaryKey.isEmpty() ? (Object) number++ : keyOf(row);
                if (row.getRowKind() == RowKind.INSERT || row.getRowKind() == RowKind.UPDATE_AFTER) {
                    found.put(identity, row);
                } else if (primaryKey.isEmpty()) {
                    found.values().removeIf(each -> same(each, row));
                } else {
                    found.remove(identity);
                }
            }
            return new ArrayList<>(found.values());
        }

        private List<Object> keyOf(GenericRowData row) {
            List<String> names = new ArrayList<>(columns.keySet());
            List<Object> found = new ArrayList<>();
            primaryKey.forEach(name -> found.add(row.getField(names.indexOf(name))));
            return found;
        }

        private static boolean same(GenericRowData one, GenericRowData other) {
            for (int i = 0; i < one.getArity(); i++) {
                if (!Objects.deepEquals(one.getField(i), other.getField(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    // -- what a connector can -------------------------------------------------------------------------------------------

    private static String realConnector(ResolvedCatalogTable table) {
        return table.getOptions().getOrDefault(FOR, "");
    }

    private static boolean hasKey(ResolvedCatalogTable table) {
        return table.getResolvedSchema().getPrimaryKey().isPresent();
    }

    private static boolean changes(ResolvedCatalogTable table) {
        for (Map.Entry<String, String> option : table.getOptions().entrySet()) {
            if (option.getKey().matches("(value\\.)?format(\\.type)?")
                    && option.getValue().matches("(?i)(debezium|canal|maxwell|ogg|changelog).*")) {
                return true;
            }
        }
        return false;
    }

    private static ChangelogMode sourceMode(ResolvedCatalogTable table) {
        if (realConnector(table).equals("upsert-kafka")) {
            return ChangelogMode.upsert();
        }
        return realConnector(table).endsWith("-cdc") || changes(table) ? ChangelogMode.all() : ChangelogMode.insertOnly();
    }

    private static boolean storage(ResolvedCatalogTable table) {
        return realConnector(table).matches("jdbc|filesystem|redis|hbase.*|gaussdb|rds|dws|mongodb");
    }

    /** Whether a scan of it ends: a table in a database, or files that nobody looks at again. */
    private static boolean readOnce(ResolvedCatalogTable table) {
        return storage(table) && !table.getOptions().containsKey("source.monitor-interval");
    }

    /** Whether a source without state begins with all there is; else with what comes now, as its group has read the rest. */
    private static boolean beginsAfresh(ResolvedCatalogTable table) {
        String mode = table.getOptions().getOrDefault("scan.startup.mode", "");
        return !realConnector(table).equals("kafka") || mode.equals("earliest-offset");
    }

    private static Map<String, DataType> metadata(ResolvedCatalogTable table) {
        Map<String, DataType> found = new LinkedHashMap<>();
        for (Column column : table.getResolvedSchema().getColumns()) {
            if (column instanceof Column.MetadataColumn) {
                found.put(metadataKey(column), column.getDataType());
            }
        }
        return found;
    }

    private static String metadataKey(Column column) {
        return ((Column.MetadataColumn) column).getMetadataKey().orElse(column.getName());
    }

    private static String nameOf(ObjectIdentifier id) {
        boolean usual = id.getCatalogName().equals("default_catalog") && id.getDatabaseName().equals("default_database");
        return usual ? id.getObjectName() : id.asSummaryString();
    }

    @Override
    public String factoryIdentifier() {
        return CONNECTOR;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Collections.emptySet();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Collections.emptySet();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        Run run = current;
        ResolvedCatalogTable table = context.getCatalogTable();
        String name = nameOf(context.getObjectIdentifier());
        Feed feed = run.feeds.computeIfAbsent(name, each -> new Feed(each, table));
        FEEDS.put(run.key + "/" + name, feed);
        DataType physical = context.getPhysicalRowDataType();
        return storage(table)
                ? new PruningTable(table, run.key + "/" + name, physical)
                : new FedTable(table, run.key + "/" + name, physical);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        Run run = current;
        String name = nameOf(context.getObjectIdentifier());
        run.sinks.put(name, context.getCatalogTable().getResolvedSchema());
        WRITTEN.computeIfAbsent(run.key + "/" + name, each -> new ArrayList<>());
        return new RecordedTable(context.getCatalogTable(), run.key + "/" + name, context.getPhysicalRowDataType());
    }

    /** Kafka's abilities: it hands over whole rows, takes over no filter and no column, and makes the watermarks. */
    private static class FedTable
            implements ScanTableSource, LookupTableSource, SupportsReadingMetadata, SupportsWatermarkPushDown {
        final ResolvedCatalogTable table;
        final String key;
        DataType produced;
        List<String> names;
        List<String> metadataKeys = Collections.emptyList();
        WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

        FedTable(ResolvedCatalogTable table, String key, DataType physical) {
            this.table = table;
            this.key = key;
            this.produced = physical;
            this.names = new ArrayList<>(((RowType) physical.getLogicalType()).getFieldNames());
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return sourceMode(table);
        }

        /** Where the columns of a produced row are in a row of the feed. */
        int[] columns() {
            List<String> there = new ArrayList<>(FEEDS.get(key).columns.keySet());
            Map<String, String> byKey = new HashMap<>();
            for (Column column : table.getResolvedSchema().getColumns()) {
                if (column instanceof Column.MetadataColumn) {
                    byKey.put(metadataKey(column), column.getName());
                }
            }
            List<String> wanted = new ArrayList<>(names);
            metadataKeys.forEach(each -> wanted.add(byKey.get(each)));
            return wanted.stream().mapToInt(there::indexOf).toArray();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            TypeInformation<RowData> type = context.createTypeInformation(produced);
            FEEDS.get(key).scanned();
            FedSource source = new FedSource(key, columns(), readOnce(table));
            WatermarkStrategy<RowData> strategy = watermarks;
            return new DataStreamScanProvider() {
                @Override
                public DataStream<RowData> produceDataStream(ProviderContext provider, StreamExecutionEnvironment env) {
                    return env.fromSource(source, strategy, key.substring(key.indexOf('/') + 1), type);
                }

                @Override
                public boolean isBounded() {
                    return readOnce(table);
                }
            };
        }

        @Override
        public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
            int[] columns = columns();
            int[] keys = Arrays.stream(context.getKeys()).mapToInt(path -> columns[path[0]]).toArray();
            return LookupFunctionProvider.of(new Finder(key, keys, columns));
        }

        @Override
        public Map<String, DataType> listReadableMetadata() {
            return metadata(table);
        }

        @Override
        public void applyReadableMetadata(List<String> keys, DataType type) {
            metadataKeys = keys;
            produced = type;
        }

        @Override
        public boolean supportsMetadataProjection() {
            return false; // as Kafka's
        }

        @Override
        public void applyWatermark(WatermarkStrategy<RowData> strategy) {
            watermarks = strategy;
        }

        FedTable fresh() {
            return new FedTable(table, key, produced);
        }

        @Override
        public DynamicTableSource copy() {
            FedTable copy = fresh();
            copy.produced = produced;
            copy.names = names;
            copy.metadataKeys = metadataKeys;
            copy.watermarks = watermarks;
            return copy;
        }

        @Override
        public String asSummaryString() {
            return "rows for " + realConnector(table);
        }
    }

    /** A store's abilities: it hands over only the columns that are asked for. */
    private static final class PruningTable extends FedTable implements SupportsProjectionPushDown {
        PruningTable(ResolvedCatalogTable table, String key, DataType physical) {
            super(table, key, physical);
        }

        @Override
        public boolean supportsNestedProjection() {
            return false;
        }

        @Override
        public void applyProjection(int[][] fields, DataType type) {
            List<String> kept = new ArrayList<>();
            for (int[] field : fields) {
                kept.add(names.get(field[0]));
            }
            names = kept;
            produced = type;
        }

        @Override
        FedTable fresh() {
            return new PruningTable(table, key, produced);
        }
    }

    private static RowData cut(GenericRowData row, int[] columns) {
        GenericRowData cut = new GenericRowData(row.getRowKind(), columns.length);
        for (int i = 0; i < columns.length; i++) {
            cut.setField(i, row.getField(columns[i]));
        }
        return cut;
    }

    /** Looks among the rows that the feed has let out. */
    public static final class Finder extends LookupFunction {
        private final String key;
        private final int[] keys;
        private final int[] columns;

        Finder(String key, int[] keys, int[] columns) {
            this.key = key;
            this.keys = keys;
            this.columns = columns;
        }

        @Override
        public Collection<RowData> lookup(RowData wanted) {
            List<RowData> found = new ArrayList<>();
            for (GenericRowData row : FEEDS.get(key).rows()) {
                boolean fits = true;
                for (int i = 0; i < keys.length; i++) {
                    Object value = ((GenericRowData) wanted).getField(i);
                    fits &= value != null && Objects.deepEquals(value, row.getField(keys[i]));
                }
                if (fits) {
                    RowData cut = cut(row, columns);
                    cut.setRowKind(RowKind.INSERT);
                    found.add(cut);
                }
            }
            return found;
        }
    }

    // -- the source -----------------------------------------------------------------------------------------------------

    /** How far a feed was read: what a savepoint keeps of it. */
    public static final class Position implements SourceSplit {
        final int at; // -1: it has not begun

        Position(int at) {
            this.at = at;
        }

        @Override
        public String splitId() {
            return "0";
        }
    }

    private static final class Bytes<T> implements SimpleVersionedSerializer<T> {
        private final Function<T, Integer> number;
        private final Function<Integer, T> made;

        Bytes(Function<T, Integer> number, Function<Integer, T> made) {
            this.number = number;
            this.made = made;
        }

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(T value) {
            return ByteBuffer.allocate(4).putInt(number.apply(value)).array();
        }

        @Override
        public T deserialize(int version, byte[] bytes) {
            return made.apply(ByteBuffer.wrap(bytes).getInt());
        }
    }

    /** One split, as a topic of one partition has; a reader without it is idle, and holds no watermark back. */
    public static final class FedSource
            implements org.apache.flink.api.connector.source.Source<RowData, Position, Integer> {
        private final String key;
        private final int[] columns;
        private final boolean once;

        FedSource(String key, int[] columns, boolean once) {
            this.key = key;
            this.columns = columns;
            this.once = once;
        }

        @Override
        public Boundedness getBoundedness() {
            return once ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
        }

        @Override
        public SplitEnumerator<Position, Integer> createEnumerator(SplitEnumeratorContext<Position> context) {
            return restoreEnumerator(context, 0);
        }

        @Override
        public SplitEnumerator<Position, Integer> restoreEnumerator(SplitEnumeratorContext<Position> context, Integer given) {
            return new Giver(context, given);
        }

        @Override
        public SimpleVersionedSerializer<Position> getSplitSerializer() {
            return new Bytes<>(each -> each.at, Position::new);
        }

        @Override
        public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
            return new Bytes<>(each -> each, each -> each);
        }

        @Override
        public SourceReader<RowData, Position> createReader(SourceReaderContext context) {
            return new Reader(FEEDS.get(key), columns, once);
        }
    }

    private static final class Giver implements SplitEnumerator<Position, Integer> {
        private final SplitEnumeratorContext<Position> context;
        private int given;

        Giver(SplitEnumeratorContext<Position> context, int given) {
            this.context = context;
            this.given = given;
        }

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int reader, String host) {}

        @Override
        public void addSplitsBack(List<Position> splits, int reader) {}

        @Override
        public void addReader(int reader) {
            if (given == 0 && reader == 0) {
                given = 1;
                context.assignSplit(new Position(-1), reader);
            }
            context.signalNoMoreSplits(reader);
        }

        @Override
        public Integer snapshotState(long checkpoint) {
            return given;
        }

        @Override
        public void close() {}
    }

    private static final class Reader implements SourceReader<RowData, Position> {
        private final Feed feed;
        private final int[] columns;
        private final boolean once;
        private final CompletableFuture<Void> never = new CompletableFuture<>();
        private int at = -1; // -1: it has no split
        private boolean idle;
        private boolean complete;
        private CompletableFuture<Void> split = new CompletableFuture<>();

        Reader(Feed feed, int[] columns, boolean once) {
            this.feed = feed;
            this.columns = columns;
            this.once = once;
        }

        @Override
        public void start() {
            feed.read(1);
        }

        private InputStatus end() {
            feed.read(-1);
            return InputStatus.END_OF_INPUT;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<RowData> output) {
            if (at < 0) {
                if (complete && once) {
                    return end();
                }
                if (complete && !idle) {
                    idle = true;
                    output.markIdle();
                }
                return InputStatus.NOTHING_AVAILABLE;
            }
            Object event = feed.next(at);
            if (event == null) {
                feed.reached(at);
                return feed.over() ? end() : InputStatus.NOTHING_AVAILABLE;
            }
            if (event instanceof Long) {
                output.emitWatermark(new Watermark((Long) event));
            } else {
                output.collect(cut((GenericRowData) event, columns));
            }
            at++;
            feed.reached(at);
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Position> snapshotState(long checkpoint) {
            return at < 0 ? Collections.emptyList() : Collections.singletonList(new Position(at));
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            if (at >= 0) {
                return feed.more(at);
            }
            return complete && idle ? never : split;
        }

        @Override
        public void addSplits(List<Position> splits) {
            for (Position each : splits) {
                at = each.at < 0 ? feed.beginning() : each.at;
            }
            split.complete(null);
        }

        @Override
        public void notifyNoMoreSplits() {
            complete = true;
            split.complete(null);
        }

        @Override
        public void close() {}
    }

    // -- the sink -------------------------------------------------------------------------------------------------------

    /** Writes into memory what the real connector would be given. */
    private static final class RecordedTable
            implements DynamicTableSink, SupportsWritingMetadata, SupportsPartitioning, SupportsOverwrite {
        private final ResolvedCatalogTable table;
        private final String key;
        private DataType consumed;
        private List<String> metadataKeys = Collections.emptyList();

        RecordedTable(ResolvedCatalogTable table, String key, DataType physical) {
            this.table = table;
            this.key = key;
            this.consumed = physical;
        }

        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            String real = realConnector(table);
            if ((real.equals("kafka") && !changes(table)) || real.equals("filesystem")) {
                return ChangelogMode.insertOnly(); // as the real one: it cannot take back what it has sent
            }
            if (!hasKey(table) || changes(table)) {
                return requested;
            }
            ChangelogMode.Builder upsert = ChangelogMode.newBuilder();
            for (RowKind kind : requested.getContainedKinds()) {
                if (kind != RowKind.UPDATE_BEFORE) {
                    upsert.addContainedKind(kind);
                }
            }
            return upsert.build();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            Map<String, String> byKey = new HashMap<>();
            for (Column column : table.getResolvedSchema().getColumns()) {
                if (column instanceof Column.MetadataColumn) {
                    byKey.put(metadataKey(column), column.getName());
                }
            }
            RowType row = (RowType) consumed.getLogicalType();
            List<String> names = new ArrayList<>(row.getFieldNames());
            for (int i = 0; i < metadataKeys.size(); i++) {
                names.set(names.size() - metadataKeys.size() + i, byKey.get(metadataKeys.get(i)));
            }
            String parallelism = table.getOptions().get("sink.parallelism");
            RecordingSink sink = new RecordingSink(key, row, names);
            return parallelism == null ? SinkV2Provider.of(sink) : SinkV2Provider.of(sink, Integer.valueOf(parallelism));
        }

        @Override
        public Map<String, DataType> listWritableMetadata() {
            return metadata(table);
        }

        @Override
        public void applyWritableMetadata(List<String> keys, DataType type) {
            metadataKeys = keys;
            consumed = type;
        }

        @Override
        public void applyStaticPartition(Map<String, String> partition) {}

        @Override
        public void applyOverwrite(boolean overwrite) {}

        @Override
        public DynamicTableSink copy() {
            RecordedTable copy = new RecordedTable(table, key, consumed);
            copy.metadataKeys = metadataKeys;
            return copy;
        }

        @Override
        public String asSummaryString() {
            return "rows for " + realConnector(table);
        }
    }

    /** Keeps each change as a pair of its kind and its values by column. */
    public static final class RecordingSink implements Sink<RowData> {
        private final String key;
        private final RowType row;
        private final List<String> names;

        RecordingSink(String key, RowType row, List<String> names) {
            this.key = key;
            this.row = row;
            this.names = names;
        }

        @Override
        public SinkWriter<RowData> createWriter(InitContext context) {
            List<JsonNode> written = WRITTEN.get(key);
            return new SinkWriter<RowData>() {
                @Override
                public void write(RowData change, Context at) throws IOException {
                    ArrayNode pair = JsonNodeFactory.instance.arrayNode().add(change.getRowKind().shortString());
                    ObjectNode values = pair.addObject();
                    for (int i = 0; i < names.size(); i++) {
                        LogicalType type = row.getTypeAt(i);
                        values.set(names.get(i), Values.text(type, RowData.createFieldGetter(type, i).getFieldOrNull(change)));
                    }
                    synchronized (written) {
                        written.add(pair);
                    }
                }

                @Override
                public void flush(boolean end) {}

                @Override
                public void close() {}
            };
        }
    }

    // -- values -----------------------------------------------------------------------------------------------------------

    /** Values of Flink's types, read from what people write, and written the one way that they are compared in. */
    private static final class Values {
        private Values() {}

        static Object read(LogicalType type, JsonNode node, ZoneId zone) {
            if (node == null || node.isNull() || node.isMissingNode()) {
                return null;
            }
            try {
                return value(type, node, zone);
            } catch (IllegalArgumentException | java.time.DateTimeException | IOException unfit) {
                String told = unfit instanceof IOException ? "write it as JSON"
                        : unfit instanceof java.time.DateTimeException ? written(type)
                        : unfit instanceof NumberFormatException || unfit.getMessage() == null ? "" : unfit.getMessage();
                String named = type.copy(true).toString().replace(" *ROWTIME*", "");
                throw new IllegalArgumentException("'" + node.asText(node.toString()) + "' is no " + named
                        + (told.isEmpty() ? "" : ": " + told));
            }
        }

        private static String written(LogicalType type) {
            switch (type.getTypeRoot()) {
                case DATE:
                    return "write it as 2026-01-31";
                case TIME_WITHOUT_TIME_ZONE:
                    return "write it as 10:00:00";
                case TIMESTAMP_WITHOUT_TIME_ZONE:
                    return "write it as 2026-01-31T10:00:00, without a zone";
                default:
                    return "write it as 2026-01-31T10:00:00Z";
            }
        }

        private static Object value(LogicalType type, JsonNode node, ZoneId zone) throws IOException {
            String text = node.isTextual() ? node.asText() : node.toString();
            String bare = text.trim();
            switch (type.getTypeRoot()) {
                case BOOLEAN:
                    if (!bare.equalsIgnoreCase("true") && !bare.equalsIgnoreCase("false")) {
                        throw new IllegalArgumentException("write true or false");
                    }
                    return bare.equalsIgnoreCase("true");
                case TINYINT:
                    return Byte.valueOf(bare);
                case SMALLINT:
                    return Short.valueOf(bare);
                case INTEGER:
                case INTERVAL_YEAR_MONTH:
                    return Integer.valueOf(bare);
                case BIGINT:
                case INTERVAL_DAY_TIME:
                    return Long.valueOf(bare);
                case FLOAT:
                    return Float.valueOf(bare);
                case DOUBLE:
                    return Double.valueOf(bare);
                case DECIMAL:
                    return decimal((DecimalType) type, new BigDecimal(bare));
                case CHAR:
                case VARCHAR:
                    return StringData.fromString(text);
                case BINARY:
                case VARBINARY:
                    return Base64.getDecoder().decode(bare);
                case DATE:
                    return (int) LocalDate.parse(bare).toEpochDay();
                case TIME_WITHOUT_TIME_ZONE:
                    return (int) (LocalTime.parse(bare).toNanoOfDay() / 1_000_000);
                case TIMESTAMP_WITHOUT_TIME_ZONE:
                    return TimestampData.fromLocalDateTime(LocalDateTime.parse(bare.replace(' ', 'T')));
                case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                    return TimestampData.fromInstant(instant(bare, zone));
                default:
                    return nested(type, node.isTextual() ? JSON.readTree(bare) : node, zone);
            }
        }

        private static DecimalData decimal(DecimalType type, BigDecimal given) {
            if (given.stripTrailingZeros().scale() > type.getScale()) {
                throw new IllegalArgumentException("it has more digits behind the point");
            }
            DecimalData made = DecimalData.fromBigDecimal(given, type.getPrecision(), type.getScale());
            if (made == null) {
                throw new IllegalArgumentException("it is too large");
            }
            return made;
        }

        static Instant instant(String text, ZoneId zone) {
            String iso = text.trim().replace(' ', 'T');
            return iso.matches(".*(Z|[+-]\\d\\d:\\d\\d)") ? OffsetDateTime.parse(iso).toInstant()
                    : LocalDateTime.parse(iso).atZone(zone).toInstant();
        }

        private static Object nested(LogicalType type, JsonNode node, ZoneId zone) {
            if (type.is(LogicalTypeRoot.ARRAY) && node.isArray()) {
                Object[] items = new Object[node.size()];
                for (int i = 0; i < items.length; i++) {
                    items[i] = read(((ArrayType) type).getElementType(), node.get(i), zone);
                }
                return new GenericArrayData(items);
            }
            if (type.is(LogicalTypeRoot.ROW) && node.isObject()) {
                RowType row = (RowType) type;
                node.fieldNames().forEachRemaining(name -> {
                    if (!row.getFieldNames().contains(name)) {
                        throw new IllegalArgumentException("it has no field " + name + ", but " + row.getFieldNames());
                    }
                });
                GenericRowData made = new GenericRowData(row.getFieldCount());
                for (int i = 0; i < row.getFieldCount(); i++) {
                    made.setField(i, read(row.getTypeAt(i), node.get(row.getFieldNames().get(i)), zone));
                }
                return made;
            }
            if (type.is(LogicalTypeRoot.MAP) && node.isObject()) {
                Map<Object, Object> made = new LinkedHashMap<>();
                node.fields().forEachRemaining(each -> made.put(
                        read(((MapType) type).getKeyType(), TextNode.valueOf(each.getKey()), zone),
                        read(((MapType) type).getValueType(), each.getValue(), zone)));
                return new GenericMapData(made);
            }
            throw new IllegalArgumentException("write it as JSON");
        }

        static JsonNode text(LogicalType type, Object value) {
            if (value == null) {
                return NullNode.instance;
            }
            switch (type.getTypeRoot()) {
                case DECIMAL:
                    return TextNode.valueOf(((DecimalData) value).toBigDecimal().toPlainString());
                case BINARY:
                case VARBINARY:
                    return TextNode.valueOf(Base64.getEncoder().encodeToString((byte[]) value));
                case DATE:
                    return TextNode.valueOf(LocalDate.ofEpochDay((Integer) value).toString());
                case TIME_WITHOUT_TIME_ZONE:
                    return TextNode.valueOf(LocalTime.ofNanoOfDay((Integer) value * 1_000_000L).toString());
                case TIMESTAMP_WITHOUT_TIME_ZONE:
                    return TextNode.valueOf(full(((TimestampData) value).toLocalDateTime()));
                case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                    return TextNode.valueOf(
                            full(LocalDateTime.ofInstant(((TimestampData) value).toInstant(), ZoneId.of("UTC"))) + "Z");
                case ARRAY:
                case MAP:
                case MULTISET:
                case ROW:
                case STRUCTURED_TYPE:
                    return TextNode.valueOf(json(type, value).toString());
                default:
                    return TextNode.valueOf(value.toString());
            }
        }

        private static String full(LocalDateTime time) {
            String text = time.toString();
            return text.length() == 16 ? text + ":00" : text; // without seconds where they are 0
        }

        private static JsonNode json(LogicalType type, Object value) {
            if (value == null) {
                return NullNode.instance;
            }
            if (type instanceof ArrayType) {
                ArrayNode made = JsonNodeFactory.instance.arrayNode();
                LogicalType inner = ((ArrayType) type).getElementType();
                each((ArrayData) value, inner, item -> made.add(json(inner, item)));
                return made;
            }
            if (type instanceof MapType || type instanceof MultisetType) {
                LogicalType key = type instanceof MapType ? ((MapType) type).getKeyType() : ((MultisetType) type).getElementType();
                LogicalType item = type instanceof MapType ? ((MapType) type).getValueType() : new org.apache.flink.table.types.logical.IntType();
                List<String> keys = new ArrayList<>();
                List<JsonNode> items = new ArrayList<>();
                each(((MapData) value).keyArray(), key, each -> keys.add(text(key, each).asText()));
                each(((MapData) value).valueArray(), item, each -> items.add(json(item, each)));
                ObjectNode made = JsonNodeFactory.instance.objectNode();
                for (String name : new TreeSet<>(keys)) { // a map has no order
                    made.set(name, items.get(keys.indexOf(name)));
                }
                return made;
            }
            if (type instanceof RowType) {
                ObjectNode made = JsonNodeFactory.instance.objectNode();
                for (int i = 0; i < ((RowType) type).getFieldCount(); i++) {
                    LogicalType field = ((RowType) type).getTypeAt(i);
                    made.set(
                            ((RowType) type).getFieldNames().get(i),
                            json(field, RowData.createFieldGetter(field, i).getFieldOrNull((RowData) value)));
                }
                return made;
            }
            switch (type.getTypeRoot()) {
                case BOOLEAN:
                    return JsonNodeFactory.instance.booleanNode((Boolean) value);
                case TINYINT:
                case SMALLINT:
                case INTEGER:
                case BIGINT:
                    return JsonNodeFactory.instance.numberNode(((Number) value).longValue());
                default:
                    return text(type, value);
            }
        }

        private static void each(ArrayData array, LogicalType type, java.util.function.Consumer<Object> take) {
            ArrayData.ElementGetter getter = ArrayData.createElementGetter(type);
            for (int i = 0; i < array.size(); i++) {
                take.accept(getter.getElementOrNull(array, i));
            }
        }
    }
}
