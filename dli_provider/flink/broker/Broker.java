package dli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * One Kafka broker, its own controller, and what is asked of it: `Broker FOLDER ADDRESS CONTROLLER_ADDRESS`. A JSON
 * object a line in, one out. It ends when its input does, so it never outlives whoever started it.
 */
public final class Broker {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long END_MILLIS = 4000;

    private final Admin admin;
    private final KafkaProducer<String, String> producer;
    private final Map<String, Object> there;

    private Broker(Map<String, Object> there) {
        this.there = there;
        admin = Admin.create(there);
        Map<String, Object> config = new TreeMap<>(there);
        config.put("buffer.memory", "4194304");
        // A broker forgets idempotent producers by the time in their records, and then refuses all they send: records may
        // be given any time here, also one of last year.
        config.put("enable.idempotence", "false");
        config.put("max.in.flight.requests.per.connection", "1");
        config.put("acks", "all");
        config.put("delivery.timeout.ms", "60000");
        producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // what Kafka says is no answer
        Path folder = Path.of(args[0]);
        Files.createDirectories(folder);
        // A broker whose starter was killed is ending: two of them must not have the same files.
        FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE).lock();
        Path config = folder.resolve("server.properties");
        Files.writeString(config, settings(folder.resolve("data"), args[1], args[2]));
        if (!Files.exists(folder.resolve("data").resolve("meta.properties"))) {
            String[] format = {"format", "-t", Uuid.randomUuid().toString(), "-c", config.toString()};
            int told = kafka.tools.StorageTool.execute(format, System.err);
            if (told != 0) {
                System.exit(told);
            }
        }
        Thread server = new Thread(() -> kafka.Kafka.main(new String[] {config.toString()}), "broker");
        server.setDaemon(true);
        server.start();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Broker broker = new Broker(Map.of("bootstrap.servers", args[1]));
        for (String line; (line = questions.readLine()) != null; ) {
            answers.println(JSON.writeValueAsString(broker.answer(line)));
        }
        Thread impatient = new Thread(() -> {
            pause(END_MILLIS);
            Runtime.getRuntime().halt(1);
        });
        impatient.setDaemon(true);
        impatient.start();
        System.exit(0); // Kafka closes its logs in a hook of its own
    }

    private static String settings(Path data, String address, String controller) {
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "listeners=PLAINTEXT://" + address + ",CONTROLLER://" + controller,
                "advertised.listeners=PLAINTEXT://" + address,
                "controller.listener.names=CONTROLLER",
                "controller.quorum.voters=1@" + controller,
                "log.dirs=" + data,
                // A topic is made on purpose, from a job's SQL or for what is written: a misspelt one is an error.
                "auto.create.topics.enable=false",
                "offsets.topic.replication.factor=1",
                "offsets.topic.num.partitions=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "transaction.state.log.num.partitions=1",
                "group.initial.rebalance.delay.ms=0",
                // One machine and few records: little memory, few threads, and no disk that fills.
                "num.network.threads=1",
                "num.io.threads=2",
                "background.threads=2",
                "log.cleaner.dedupe.buffer.size=4194304",
                "log.cleaner.io.buffer.size=65536",
                "log.index.size.max.bytes=1048576",
                "log.segment.bytes=8388608",
                "log.retention.bytes=67108864",
                "log.retention.ms=-1", // by size alone: records tell of any time
                "log.segment.delete.delay.ms=1000",
                "");
    }

    private ObjectNode answer(String question) throws InterruptedException {
        ObjectNode told = JSON.createObjectNode();
        try {
            JsonNode asked = JSON.readTree(question);
            if (asked.has("create")) {
                create(asked.get("create"), asked.get("partitions").asInt());
            } else if (asked.has("write")) {
                write(asked.get("write"));
            } else if (asked.has("read")) {
                told.set("records", read(asked.get("read").asText()));
            } else if (asked.has("forget")) {
                admin.deleteTopics(admin.listTopics().names().get()).all().get();
            } else {
                admin.describeCluster().nodes().get();
            }
        } catch (ExecutionException error) {
            refuse(told, error.getCause());
        } catch (RuntimeException | IOException error) {
            refuse(told, error);
        }
        return told;
    }

    private static void refuse(ObjectNode told, Throwable error) {
        told.put("error", String.valueOf(error.getMessage()));
        told.put("again", error instanceof RetriableException); // whether the same could be taken later
    }

    /** The topics that are not there yet; each is named with its cleanup policy. */
    private void create(JsonNode topics, int partitions) throws ExecutionException, InterruptedException {
        List<NewTopic> wanted = new ArrayList<>();
        topics.properties().forEach(topic -> wanted.add(new NewTopic(topic.getKey(), partitions, (short) 1)
                .configs(Map.of("cleanup.policy", topic.getValue().asText()))));
        for (KafkaFuture<Void> made : admin.createTopics(wanted).values().values()) {
            try {
                made.get();
            } catch (ExecutionException error) {
                if (!(error.getCause() instanceof TopicExistsException)) {
                    throw error;
                }
            }
        }
    }

    private void write(JsonNode records) throws ExecutionException, InterruptedException {
        List<Future<?>> sent = new ArrayList<>();
        for (JsonNode each : records) {
            JsonNode value = each.get("value");
            sent.add(producer.send(new ProducerRecord<>(
                    each.get("topic").asText(),
                    null,
                    each.hasNonNull("at") ? each.get("at").asLong() : null,
                    each.path("key").textValue(),
                    value == null || value.isNull() ? null : value.isTextual() ? value.textValue() : value.toString())));
        }
        producer.flush();
        for (Future<?> each : sent) {
            each.get();
        }
    }

    /** Everything committed that is in a topic now, by partition. */
    private ArrayNode read(String topic) {
        ArrayNode found = JSON.createArrayNode();
        Map<String, Object> config = new TreeMap<>(there);
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(one -> all.add(new TopicPartition(topic, one.partition())));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    found.addObject()
                            .put("partition", record.partition())
                            .put("offset", record.offset())
                            .put("at", record.timestamp())
                            .put("key", record.key())
                            .put("value", record.value());
                }
            }
        }
        return found;
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
