"""What only Pulumi needs: its bags of values, its processes, how errors read in its terminal."""
