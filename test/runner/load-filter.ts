// Loads a filter of system calls as a newer setpriv does, by a program that nearly every Linux has.

/** Perl: takes a file with the filter and a program with its arguments. The numbers of the calls are those of x64. */
export const loadFilter = `
  my ($file, @program) = @ARGV;
  open(my $in, "<:raw", $file) or die "$file: $!"; local $/; my $code = <$in>;
  my $filter = pack("Sx6P", length($code) / 8, $code);
  syscall(157, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
  syscall(157, 22, 2, $filter) == 0 or die "seccomp: $!";
  exec(@program);`;

export const cannotLoad = process.platform !== "linux" || process.arch !== "x64";
