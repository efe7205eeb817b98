package dli;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.delegation.Executor;
import org.apache.flink.table.delegation.InternalPlan;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.command.SetOperation;
import org.apache.flink.util.StringUtils;

/**
 * What Flink's planner makes of scripts: the compiled plan and the operators of each, as a restore looks for them. Nothing
 * runs: no cluster is there, no source is opened, and only statements that define or write are let through.
 *
 * <p>Reads one JSON object a line ({@code settings}, {@code statements}), and answers each with one line: {@code plan} and
 * {@code operators}, or {@code error} and the number of the {@code statement} that it is about. It ends with its input, and
 * so with whoever started it.
 */
public final class PlanFacts {

    private static final Pattern PLACE = Pattern.compile("line (\\d+), column (\\d+)");
    private static final Pattern BREAKS = Pattern.compile("[\\r\\n] *");
    private static final ObjectMapper JSON = new ObjectMapper();

    // What only changes this planner's own catalog. Everything else could reach for files or other systems.
    private static final Set<String> DEFINES = new HashSet<>(Arrays.asList(
            "CreateTableOperation", "CreateViewOperation", "CreateTempSystemFunctionOperation",
            "CreateCatalogFunctionOperation", "CreateDatabaseOperation", "UseDatabaseOperation", "UseCatalogOperation",
            "ResetOperation", "BeginStatementSetOperation", "EndStatementSetOperation"));

    private PlanFacts() {}

    public static void main(String[] none) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Whatever else prints must not come between the answers.
        System.setOut(System.err);
        BufferedReader scripts = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        ClassLoader services = new Services(PlanFacts.class.getClassLoader());
        // The two scripts of a change are planned side by side; what is told first is asked first.
        ExecutorService planners = Executors.newFixedThreadPool(2, work -> {
            Thread planner = new Thread(work);
            planner.setContextClassLoader(services);
            return planner;
        });
        BlockingQueue<Future<String>> asked = new LinkedBlockingQueue<>();
        Thread teller = new Thread(() -> {
            try {
                while (true) {
                    answers.println(asked.take().get());
                }
            } catch (InterruptedException | ExecutionException over) {
                Runtime.getRuntime().halt(1); // whoever asked sees that no answer comes
            }
        });
        teller.setDaemon(true);
        teller.start();
        for (String line = scripts.readLine(); line != null; line = scripts.readLine()) {
            String script = line;
            asked.add(planners.submit(() -> answered(script)));
        }
        // Flink leaves threads behind that are no daemons. Nobody asks any more, so nobody waits for an answer either.
        System.exit(0);
    }

    private static String answered(String script) throws Exception {
        int[] statement = {-1};
        try {
            return planned(JSON.readTree(script), statement);
        } catch (Throwable trouble) {
            ObjectNode answer = JSON.createObjectNode();
            answer.put("error", words(trouble));
            answer.put("statement", statement[0]);
            return JSON.writeValueAsString(answer);
        }
    }

    /** The innermost cause, which knows best what is wrong; its place may be known to one around it only. */
    private static String words(Throwable trouble) {
        Throwable cause = trouble;
        String place = "";
        String parsing = "";
        while (true) {
            if (cause.getClass().getSimpleName().equals("SqlParserException")) {
                parsing = "SqlParserException: ";
            }
            Matcher found = PLACE.matcher(String.valueOf(cause.getMessage()));
            if (place.isEmpty() && found.find()) {
                place = " (at line " + found.group(1) + ", column " + found.group(2) + ")";
            }
            if (cause.getCause() == null) {
                String kind = parsing.isEmpty() ? cause.getClass().getSimpleName() + ": " : parsing;
                return kind + cause.getMessage() + place;
            }
            cause = cause.getCause();
        }
    }

    private static String planned(JsonNode script, int[] at) throws Exception {
        Configuration settings = new Configuration();
        for (Iterator<Map.Entry<String, JsonNode>> each = script.get("settings").fields(); each.hasNext(); ) {
            Map.Entry<String, JsonNode> setting = each.next();
            settings.setString(setting.getKey(), setting.getValue().asText());
        }
        TableEnvironmentImpl tables = (TableEnvironmentImpl) TableEnvironment.create(
                EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
        List<ModifyOperation> writes = new ArrayList<>();
        for (JsonNode statement : script.get("statements")) {
            at[0]++;
            for (Operation operation : tables.getParser().parse(statement.asText())) {
                take(tables, operation, writes);
            }
        }
        at[0] = -1;
        InternalPlan plan = tables.getPlanner().compilePlan(writes);
        // A compiled plan would give operators ids of its own; a job that is submitted as SQL has them by their place.
        tables.getConfig().getConfiguration().setString("table.exec.uid.generation", "DISABLED");
        // Code is generated but never run here: to cut long methods into pieces was a fifth of the time.
        tables.getConfig().getConfiguration().setString(
                "table.generated-code.max-length", String.valueOf(Integer.MAX_VALUE));
        List<Transformation<?>> transformations = tables.getPlanner().translatePlan(plan);
        Field executor = TableEnvironmentImpl.class.getDeclaredField("execEnv");
        executor.setAccessible(true);
        StreamGraph graph = (StreamGraph) ((Executor) executor.get(tables))
                .createPipeline(transformations, tables.getConfig().getConfiguration(), "plan facts");
        ArrayNode operators = JSON.createArrayNode();
        operators(graph, operators);
        // One line, as it is: inside of its strings, a line break is written as two other letters.
        String told = BREAKS.matcher(plan.asJsonString()).replaceAll("");
        return "{\"plan\":" + told + ",\"operators\":" + JSON.writeValueAsString(operators) + "}";
    }

    private static void take(TableEnvironmentImpl tables, Operation operation, List<ModifyOperation> writes)
            throws Exception {
        String kind = operation.getClass().getSimpleName();
        if (operation instanceof SetOperation) {
            SetOperation set = (SetOperation) operation;
            if (set.getKey().isPresent()) {
                tables.getConfig().getConfiguration().setString(set.getKey().get(), set.getValue().orElse(""));
            }
        } else if (kind.equals("CreateTableASOperation") || kind.equals("ReplaceTableAsOperation")) {
            // A table and an INSERT in one: the accessors have the same names in all versions that have them.
            Operation table = (Operation) operation.getClass().getMethod("getCreateTableOperation").invoke(operation);
            tables.executeInternal(table);
            Method asWrite = Arrays.stream(operation.getClass().getMethods())
                    .filter(each -> each.getName().equals("toSinkModifyOperation"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no INSERT in CREATE TABLE AS"));
            writes.add((ModifyOperation) asWrite.invoke(operation, tables.getCatalogManager()));
        } else if (operation.getClass().getSimpleName().equals("StatementSetOperation")) {
            Method inner = operation.getClass().getMethod("getOperations");
            for (Object each : (List<?>) inner.invoke(operation)) {
                writes.add((ModifyOperation) each);
            }
        } else if (operation instanceof ModifyOperation) {
            writes.add((ModifyOperation) operation);
        } else if (DEFINES.contains(kind)) {
            if (!kind.endsWith("StatementSetOperation")) {
                tables.executeInternal(operation);
            }
        } else {
            throw new IllegalArgumentException("not planned here: " + kind);
        }
    }

    private static void operators(StreamGraph graph, ArrayNode into) throws Exception {
        Map<Integer, byte[]> ids = new StreamGraphHasherV2().traverseStreamGraphAndGenerateHashes(graph);
        Method maxParallelism = StreamNode.class.getDeclaredMethod("getMaxParallelism");
        maxParallelism.setAccessible(true);
        // Flink hands them out in an order of its own, and the same change would be told with its operators in another order.
        List<StreamNode> nodes = new ArrayList<>(graph.getStreamNodes());
        nodes.sort(Comparator.comparingInt(StreamNode::getId));
        for (StreamNode node : nodes) {
            ObjectNode operator = into.addObject();
            operator.put("id", StringUtils.byteToHexString(ids.get(node.getId())));
            operator.put("node", node.getId());
            operator.put("name", node.getOperatorName());
            operator.put("description", node.getOperatorDescription());
            operator.put("key", serializer(node.getStateKeySerializer()));
            operator.put("max_parallelism", (Integer) maxParallelism.invoke(node));
            operator.put("runs", node.getOperatorFactory() == null ? "" : runs(node.getOperatorFactory()));
            ArrayNode inputs = operator.putArray("inputs");
            for (StreamEdge edge : node.getInEdges()) {
                inputs.add(edge.getSourceId());
            }
        }
    }

    /** A serializer with the types of the fields: by both a restore decides whether a key fits. */
    private static String serializer(Object serializer) throws Exception {
        if (serializer == null) {
            return "";
        }
        String name = serializer.getClass().getSimpleName();
        try {
            Field types = serializer.getClass().getDeclaredField("types");
            types.setAccessible(true);
            return name + Arrays.toString((Object[]) types.get(serializer));
        } catch (NoSuchFieldException none) {
            return name;
        }
    }

    /** The class that works in the operator; only its kind is asked for, such as whether it is asynchronous. */
    private static String runs(Object factory) {
        String name = factory.getClass().getSimpleName();
        try {
            Method operator = factory.getClass().getMethod("getOperator");
            operator.setAccessible(true);
            return name + "/" + operator.invoke(factory).getClass().getSimpleName();
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException none) {
            return name;
        }
    }

    /** Remembers which services there are: Flink looks for each table, and opens every jar to do so. */
    private static final class Services extends ClassLoader {

        private final Map<String, byte[]> known = new ConcurrentHashMap<>();

        Services(ClassLoader parent) {
            super(parent);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            if (!name.startsWith("META-INF/services/")) {
                return super.getResources(name);
            }
            byte[] all = known.get(name);
            if (all == null) {
                ByteArrayOutputStream files = new ByteArrayOutputStream();
                for (URL file : Collections.list(super.getResources(name))) {
                    try (InputStream text = file.openStream()) {
                        text.transferTo(files);
                    }
                    files.write('\n');
                }
                all = files.toByteArray();
                known.put(name, all);
            }
            return Collections.enumeration(List.of(new URL(null, "known:" + name, new Known(all))));
        }
    }

    /** An address whose text lies in memory. */
    private static final class Known extends URLStreamHandler {

        private final byte[] text;

        Known(byte[] text) {
            this.text = text;
        }

        @Override
        protected URLConnection openConnection(URL address) {
            return new URLConnection(address) {
                @Override
                public void connect() {}

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(text);
                }
            };
        }
    }
}
