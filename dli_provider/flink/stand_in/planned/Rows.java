package dli;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.table.connector.sink.DynamicTableSink.SinkRuntimeProvider;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.source.LookupTableSource.LookupRuntimeProvider;
import org.apache.flink.table.connector.source.TableFunctionProvider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.table.types.logical.RowType;

/** No rows: a plan asks only what kind of source, look-up and sink there is. Nothing of this ever runs. */
public final class Rows {
    private Rows() {}

    /** Flink looks whether it could be called. */
    public static final class Lookup extends TableFunction<RowData> {
        public void eval(Object... keys) {}
    }

    @SuppressWarnings("unchecked")
    static Source<RowData, ?, ?> source(RowType row, TypeInformation<RowData> type, double rate) {
        return (Source<RowData, ?, ?>) (Source<?, ?, ?>) new NumberSequenceSource(0, 1);
    }

    static LookupRuntimeProvider lookup(RowType row, int[][] keys) {
        return TableFunctionProvider.of(new Lookup());
    }

    static SinkRuntimeProvider sink() {
        return SinkV2Provider.of(context -> {
            throw new UnsupportedOperationException("only planned");
        });
    }
}
