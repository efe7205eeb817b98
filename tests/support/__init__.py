"""What several folders of tests share: jobs to declare, a Pulumi project with a real engine, golden files."""
